variable "name" {}
resource "aws_s3_bucket" "this" {
  bucket = var.name
}
module "versioning" {
  source = "../versioning"
  bucket = aws_s3_bucket.this
}
output "bucket_id" { value = aws_s3_bucket.this.id }
output "bucket" { value = aws_s3_bucket.this }
