//! Root modules of ten files each, of the size and the manner that is met in repositories: a module two deep, split
//! resources, loops over maps, policy documents, and what a scan passes over.

/// The files of one root module, with their paths.
pub fn root(number: usize) -> Vec<(String, String)> {
    let folder = format!("live/service-{number:03}");
    let module = format!("modules/storage-{number:03}");
    let file = |path: String, text: String| (path, text);
    vec![
        file(format!("{folder}/providers.tf"), providers(number)),
        file(format!("{folder}/variables.tf"), variables()),
        file(format!("{folder}/main.tf"), main_file(number)),
        file(format!("{folder}/backup.tf"), backup(number)),
        file(format!("{folder}/compute.tf"), compute(number)),
        file(format!("{folder}/iam.tf"), iam()),
        file(format!("{folder}/outputs.tf"), "output \"buckets\" {\n  value = module.storage.names\n}\n".to_owned()),
        file(format!("{module}/main.tf"), storage()),
        file(format!("{module}/variables.tf"), "variable \"prefix\" {}\nvariable \"buckets\" {}\n".to_owned()),
        file(format!("{module}/bucket/main.tf"), bucket()),
    ]
}

fn providers(number: usize) -> String {
    format!(
        "terraform {{\n  backend \"s3\" {{\n    bucket = \"state\"\n    key = \"{number}\"\n  }}\n}}\n\
         provider \"aws\" {{\n  region = var.region\n  default_tags {{\n    tags = local.tags\n  }}\n}}\n\
         provider \"aws\" {{\n  alias  = \"recovery\"\n  region = \"eu-central-1\"\n}}\n"
    )
}

fn variables() -> String {
    "variable \"region\" {\n  type    = string\n  default = \"eu-west-1\"\n}\n\
     variable \"retention\" {\n  type    = number\n  default = 35\n}\n\
     variable \"buckets\" {\n  type = map(object({ versioned = bool, days = optional(number, 90) }))\n\
     \x20 default = {\n    orders = { versioned = true }\n    images = { versioned = true, days = 30 }\n    scratch = { versioned = false }\n  }\n}\n\
     variable \"vpc_id\" {\n  type = string\n}\n"
        .to_owned()
}

fn main_file(number: usize) -> String {
    format!(
        "locals {{\n  name = \"service-{number:03}\"\n  tags = merge({{ service = local.name }}, {{ backup-tier = \"standard\" }})\n}}\n\
         module \"storage\" {{\n  source  = \"../../modules/storage-{number:03}\"\n  prefix  = local.name\n  buckets = {{ for k, v in var.buckets : k => v if k != \"none\" }}\n}}\n\
         resource \"aws_kms_key\" \"data\" {{\n  description         = \"data of ${{local.name}}\"\n  enable_key_rotation = true\n}}\n\
         resource \"aws_dynamodb_table\" \"this\" {{\n  for_each     = toset([\"orders\", \"events\"])\n  name         = \"${{local.name}}-${{each.key}}\"\n  billing_mode = \"PAY_PER_REQUEST\"\n  hash_key     = \"id\"\n  attribute {{\n    name = \"id\"\n    type = \"S\"\n  }}\n}}\n"
    )
}

fn backup(number: usize) -> String {
    format!(
        "resource \"aws_backup_vault\" \"this\" {{\n  for_each    = {{ main = 7, long = 30 }}\n  name        = \"service-{number:03}-${{each.key}}\"\n  kms_key_arn = aws_kms_key.data.arn\n}}\n\
         resource \"aws_backup_vault_lock_configuration\" \"this\" {{\n  for_each           = aws_backup_vault.this\n  backup_vault_name  = each.value.name\n  min_retention_days = each.key == \"main\" ? 7 : 30\n}}\n\
         resource \"aws_backup_vault\" \"copy\" {{\n  provider = aws.recovery\n  name     = \"copy\"\n}}\n\
         resource \"aws_backup_plan\" \"this\" {{\n  name = local.name\n  dynamic \"rule\" {{\n    for_each = {{ daily = \"cron(0 5 ? * * *)\", weekly = \"cron(0 3 ? * SUN *)\" }}\n    content {{\n      rule_name         = rule.key\n      target_vault_name = aws_backup_vault.this[\"main\"].name\n      schedule          = rule.value\n      lifecycle {{\n        delete_after = var.retention\n      }}\n      copy_action {{\n        destination_vault_arn = aws_backup_vault.copy.arn\n        lifecycle {{\n          delete_after = max(var.retention, 35)\n        }}\n      }}\n    }}\n  }}\n}}\n\
         resource \"aws_backup_selection\" \"this\" {{\n  name         = \"by-tier\"\n  plan_id      = aws_backup_plan.this.id\n  iam_role_arn = aws_iam_role.backup.arn\n  selection_tag {{\n    type  = \"STRINGEQUALS\"\n    key   = \"backup-tier\"\n    value = \"standard\"\n  }}\n}}\n"
    )
}

fn compute(number: usize) -> String {
    let mut text = String::new();
    for index in 0..6 {
        text.push_str(&format!(
            "resource \"aws_lambda_function\" \"f{index}\" {{\n  function_name = \"service-{number:03}-{index}\"\n  role          = aws_iam_role.backup.arn\n  environment {{\n    variables = {{\n      TABLE = aws_dynamodb_table.this[\"orders\"].name\n      LIST  = join(\",\", [for t in aws_dynamodb_table.this : upper(t.name)])\n    }}\n  }}\n  timeout = var.retention > 30 ? 60 : 30\n}}\n"
        ));
    }
    text
}

fn iam() -> String {
    "data \"aws_iam_policy_document\" \"trust\" {\n  statement {\n    actions = [\"sts:AssumeRole\"]\n    principals {\n      type        = \"Service\"\n      identifiers = [\"backup.amazonaws.com\"]\n    }\n  }\n}\n\
     resource \"aws_iam_role\" \"backup\" {\n  name               = \"${local.name}-backup\"\n  assume_role_policy = data.aws_iam_policy_document.trust.json\n}\n"
        .to_owned()
}

fn storage() -> String {
    "module \"bucket\" {\n  source    = \"./bucket\"\n  for_each  = var.buckets\n  name      = \"${var.prefix}-${each.key}\"\n  versioned = each.value.versioned\n  days      = each.value.days\n}\n\
     output \"names\" {\n  value = { for k, m in module.bucket : k => m.name }\n}\n"
        .to_owned()
}

fn bucket() -> String {
    "variable \"name\" {}\nvariable \"versioned\" {}\nvariable \"days\" {}\n\
     resource \"aws_s3_bucket\" \"this\" {\n  bucket = var.name\n}\n\
     resource \"aws_s3_bucket_versioning\" \"this\" {\n  bucket = aws_s3_bucket.this.id\n  versioning_configuration {\n    status = var.versioned ? \"Enabled\" : \"Suspended\"\n  }\n}\n\
     resource \"aws_s3_bucket_public_access_block\" \"this\" {\n  bucket                  = aws_s3_bucket.this.id\n  block_public_acls       = true\n  block_public_policy     = true\n  ignore_public_acls      = true\n  restrict_public_buckets = true\n}\n\
     resource \"aws_s3_bucket_lifecycle_configuration\" \"this\" {\n  bucket = aws_s3_bucket.this.id\n  rule {\n    id     = \"old\"\n    status = \"Enabled\"\n    filter {}\n    noncurrent_version_expiration {\n      noncurrent_days = var.days\n    }\n    abort_incomplete_multipart_upload {\n      days_after_initiation = 7\n    }\n  }\n}\n\
     data \"aws_iam_policy_document\" \"tls\" {\n  statement {\n    effect    = \"Deny\"\n    actions   = [\"s3:*\"]\n    resources = [aws_s3_bucket.this.arn, \"${aws_s3_bucket.this.arn}/*\"]\n    principals {\n      type        = \"*\"\n      identifiers = [\"*\"]\n    }\n    condition {\n      test     = \"Bool\"\n      variable = \"aws:SecureTransport\"\n      values   = [\"false\"]\n    }\n  }\n}\n\
     resource \"aws_s3_bucket_policy\" \"this\" {\n  bucket = aws_s3_bucket.this.id\n  policy = data.aws_iam_policy_document.tls.json\n}\n\
     output \"name\" {\n  value = aws_s3_bucket.this.id\n}\n"
        .to_owned()
}
