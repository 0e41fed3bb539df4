terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
variable "region" { default = "eu-west-1" }
variable "secret" {
  default   = "hidden-bucket"
  sensitive = true
}
provider "aws" {
  region                      = var.region
  access_key                  = "x"
  secret_key                  = "x"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}
provider "aws" {
  alias                       = "dr"
  region                      = "eu-central-1"
  access_key                  = "x"
  secret_key                  = "x"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}
resource "aws_s3_bucket" "b" {
  bucket = "source-bucket"
  tags   = { backup-tier = "critical" }
}
resource "aws_s3_bucket" "generated" {
}
resource "aws_s3_bucket" "secret" {
  bucket = var.secret
}
resource "aws_s3_bucket" "replica" {
  provider            = aws.dr
  bucket              = "replica-bucket"
  object_lock_enabled = true
}
resource "aws_s3_bucket_versioning" "b" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket_versioning" "generated" {
  bucket = aws_s3_bucket.generated.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket_versioning" "replica" {
  provider = aws.dr
  bucket   = aws_s3_bucket.replica.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket_public_access_block" "b" {
  bucket            = aws_s3_bucket.b.id
  block_public_acls = true
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.bucket
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.arn
    }
  }
}
resource "aws_s3_bucket_lifecycle_configuration" "b" {
  bucket = aws_s3_bucket_versioning.b.id
  rule {
    id     = "old"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration { noncurrent_days = 35 }
    abort_incomplete_multipart_upload { days_after_initiation = 7 }
  }
}
resource "aws_s3_bucket_replication_configuration" "b" {
  depends_on = [aws_s3_bucket_versioning.b]
  bucket     = aws_s3_bucket.b.id
  role       = "arn:aws:iam::111122223333:role/r"
  rule {
    id     = "all"
    status = "Enabled"
    filter {}
    delete_marker_replication { status = "Enabled" }
    destination { bucket = aws_s3_bucket.replica.arn }
  }
}
resource "aws_s3_bucket_logging" "b" {
  bucket        = aws_s3_bucket.b.id
  target_bucket = module.logs["main"].bucket_id
  target_prefix = "x/"
}
module "logs" {
  for_each = toset(["main", "other"])
  source   = "./logs"
  name     = "logs-${each.key}"
}
resource "aws_kms_key" "k" {
  enable_key_rotation = true
}
resource "aws_kms_alias" "k" {
  name          = "alias/backup"
  target_key_id = aws_kms_key.k.key_id
}
resource "aws_backup_vault" "v" {
  name        = "vault"
  kms_key_arn = aws_kms_key.k.arn
}
resource "aws_backup_vault" "plain" {
  count = 2
  name  = "plain-${count.index}"
}
resource "aws_backup_vault" "dr" {
  provider = aws.dr
  name     = "vault"
}
resource "aws_backup_vault_lock_configuration" "v" {
  backup_vault_name   = aws_backup_vault.v.name
  min_retention_days  = 7
  changeable_for_days = 3
}
resource "aws_backup_vault_lock_configuration" "plain" {
  count              = 2
  backup_vault_name  = aws_backup_vault.plain[count.index].id
  min_retention_days = 7
}
resource "aws_backup_plan" "p" {
  name = "plan"
  rule {
    rule_name         = "weekly"
    target_vault_name = aws_backup_vault.plain[0].name
    schedule          = "cron(0 5 ? * SUN *)"
  }
  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.v.name
    schedule          = "cron(0 5 ? * * *)"
    lifecycle { delete_after = 35 }
    copy_action {
      destination_vault_arn = aws_backup_vault.dr.arn
      lifecycle { delete_after = 365 }
    }
  }
}
resource "aws_backup_selection" "s" {
  name         = "selection"
  iam_role_arn = "arn:aws:iam::111122223333:role/r"
  plan_id      = aws_backup_plan.p.id
  resources    = [aws_s3_bucket.b.arn, "arn:aws:s3:::other", module.logs["other"].bucket.arn]
  condition {
    string_equals {
      key   = "aws:ResourceTag/a"
      value = "b"
    }
  }
}
resource "aws_backup_selection" "tags" {
  name         = "tags"
  iam_role_arn = "arn:aws:iam::111122223333:role/r"
  plan_id      = aws_backup_plan.p.id
  selection_tag {
    type  = "STRINGEQUALS"
    key   = "backup"
    value = "yes"
  }
}
resource "aws_backup_restore_testing_plan" "t" {
  name                = "test"
  schedule_expression = "cron(0 5 ? * SUN *)"
  recovery_point_selection {
    algorithm            = "LATEST_WITHIN_WINDOW"
    include_vaults       = [aws_backup_vault.v.arn]
    recovery_point_types = ["SNAPSHOT"]
  }
}
resource "aws_backup_restore_testing_selection" "t" {
  name                      = "test"
  restore_testing_plan_name = aws_backup_restore_testing_plan.t.name
  protected_resource_type   = "S3"
  iam_role_arn              = "arn:aws:iam::111122223333:role/r"
  protected_resource_arns   = ["*"]
}
resource "aws_cloudwatch_event_rule" "r" {
  name          = "failures"
  event_pattern = jsonencode({ source = ["aws.backup"] })
}
resource "aws_cloudwatch_event_target" "r" {
  rule = aws_cloudwatch_event_rule.r.name
  arn  = "arn:aws:sns:eu-west-1:111122223333:t"
}
resource "aws_cloudtrail" "t" {
  name           = "trail"
  s3_bucket_name = module.logs["main"].bucket_id
  event_selector {
    data_resource {
      type   = "AWS::S3::Object"
      values = ["arn:aws:s3"]
    }
  }
}
