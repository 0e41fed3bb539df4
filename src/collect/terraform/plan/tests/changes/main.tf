terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
variable "step" { default = 1 }
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "x"
  secret_key                  = "x"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  endpoints {
    s3     = "http://127.0.0.1:5599"
    backup = "http://127.0.0.1:5599"
    kms    = "http://127.0.0.1:5599"
    sts    = "http://127.0.0.1:5599"
  }
}
resource "aws_s3_bucket" "same" {
  bucket = "same-bucket"
}
resource "aws_s3_bucket_versioning" "same" {
  bucket = aws_s3_bucket.same.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket" "later" {
  bucket = "later-bucket"
}
resource "aws_s3_bucket_versioning" "later" {
  count  = var.step == 1 ? 0 : 1
  bucket = aws_s3_bucket.later.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket" "loses" {
  bucket = "loses-bucket"
}
resource "aws_s3_bucket_versioning" "loses" {
  count  = var.step == 1 ? 1 : 0
  bucket = aws_s3_bucket.loses.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket" "outside" {
  bucket = "outside-bucket"
}
resource "aws_s3_bucket" "replaced" {
  bucket = "replaced-bucket-${var.step}"
}
resource "aws_backup_vault" "gone" {
  count = var.step == 1 ? 1 : 0
  name  = "gone"
}
resource "aws_backup_vault" "v" {
  name = "kept"
}
resource "aws_kms_key" "k" {
  enable_key_rotation = var.step == 1
}
resource "aws_backup_plan" "p" {
  name = "plan"
  rule {
    rule_name         = "rule"
    target_vault_name = aws_backup_vault.v.name
    schedule          = "cron(0 5 ? * * *)"
  }
}
