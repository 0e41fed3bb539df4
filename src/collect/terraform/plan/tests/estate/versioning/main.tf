variable "bucket" {}
resource "aws_s3_bucket_versioning" "this" {
  bucket = var.bucket.id
  versioning_configuration { status = "Suspended" }
}
