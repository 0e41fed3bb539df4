# Backstop as a scheduled AWS Config custom rule for one account. docs/config-rule.md tells how to use it.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name
  log_group = "/aws/lambda/${var.name}"

  parameters = {
    Regions      = var.regions
    MinSeverity  = var.min_severity
    BundleUri    = var.bundle == null ? null : "s3://${var.bundle.bucket}/${var.bundle.key}"
    BundleSha256 = var.bundle == null ? null : var.bundle.sha256
    ReportBucket = var.reports == null ? null : var.reports.bucket
    ReportPrefix = var.reports == null ? null : var.reports.prefix
    ReportKmsKey = var.reports == null ? null : var.reports.kms_key_arn
    EventBus     = var.event_bus_arn
    TopicArn     = var.topic_arn
  }

  message_types = var.on_change ? ["ConfigurationItemChangeNotification", "OversizedConfigurationItemChangeNotification"] : []
}

resource "aws_kms_key" "this" {
  description             = "Encrypts the log and the dead-letter queue of Backstop"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "TheAccountDecides"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account}:root"]
    }
  }

  statement {
    sid       = "TheLogIsEncrypted"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${local.region}.${data.aws_partition.current.dns_suffix}"]
    }

    condition {
      test     = "ArnEquals"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:${local.partition}:logs:${local.region}:${local.account}:log-group:${local.log_group}"]
    }
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = local.log_group
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.name}-dead-letters"
  kms_master_key_id         = aws_kms_key.this.arn
  message_retention_seconds = 1209600
}

# What the collectors may call: generated from their table of operations.
resource "aws_iam_policy" "read" {
  name        = "${var.name}-read"
  description = "What Backstop reads, and nothing else"
  policy      = file("${path.module}/read-policy.json")
}

resource "aws_iam_role" "this" {
  name               = var.name
  description        = "The role of the function that judges this account"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy_attachment" "read" {
  role       = aws_iam_role.this.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_role_policy" "evaluate" {
  name   = "evaluate"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.evaluate.json
}

data "aws_iam_policy_document" "evaluate" {
  # None of these three can be narrowed to a rule before the rule exists, and the first not at all.
  statement {
    sid       = "TellAwsConfig"
    actions   = ["config:GetComplianceDetailsByConfigRule", "config:GetComplianceDetailsByResource", "config:PutEvaluations"]
    resources = ["*"]
  }

  statement {
    sid       = "WriteTheLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }

  statement {
    sid       = "KeepWhatFailed"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead_letters.arn]
  }

  statement {
    sid       = "EncryptWhatFailed"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.this.arn]
  }

  dynamic "statement" {
    for_each = var.bundle == null ? [] : [var.bundle]

    content {
      sid       = "ReadTheBundle"
      actions   = ["s3:GetObject"]
      resources = ["arn:${local.partition}:s3:::${statement.value.bucket}/${statement.value.key}"]
    }
  }

  dynamic "statement" {
    for_each = var.reports == null ? [] : [var.reports]

    content {
      sid       = "WriteReports"
      actions   = ["s3:PutObject"]
      resources = ["arn:${local.partition}:s3:::${statement.value.bucket}/${statement.value.prefix}/*"]
    }
  }

  dynamic "statement" {
    for_each = var.reports == null ? [] : compact([var.reports.kms_key_arn])

    content {
      sid       = "EncryptReports"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = compact([var.event_bus_arn])

    content {
      sid       = "TellTheCounts"
      actions   = ["events:PutEvents"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = compact([var.topic_arn])

    content {
      sid       = "TellTheTopic"
      actions   = ["sns:Publish"]
      resources = [statement.value]
    }
  }
}

resource "aws_lambda_function" "this" {
  function_name    = var.name
  description      = "Judges this account's backups for AWS Config"
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  role             = aws_iam_role.this.arn
  memory_size      = var.memory_size
  timeout          = var.timeout

  dead_letter_config {
    target_arn = aws_sqs_queue.dead_letters.arn
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.this.name
  }

  depends_on = [aws_iam_role_policy.evaluate, aws_iam_role_policy_attachment.read]
}

resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = 1
  maximum_event_age_in_seconds = 3600
}

resource "aws_lambda_permission" "config" {
  statement_id   = "AllowAwsConfig"
  function_name  = aws_lambda_function.this.arn
  action         = "lambda:InvokeFunction"
  principal      = "config.amazonaws.com"
  source_account = local.account
}

# No scope: AWS Config refuses one for a rule that runs on a schedule.
resource "aws_config_config_rule" "this" {
  name             = var.name
  description      = "Could this account be restored now, with what loss, how fast?"
  input_parameters = jsonencode({ for name, value in local.parameters : name => value if value != null })

  source {
    owner             = "CUSTOM_LAMBDA"
    source_identifier = aws_lambda_function.this.arn

    source_detail {
      event_source                = "aws.config"
      message_type                = "ScheduledNotification"
      maximum_execution_frequency = var.frequency
    }

    dynamic "source_detail" {
      for_each = local.message_types

      content {
        event_source = "aws.config"
        message_type = source_detail.value
      }
    }
  }

  depends_on = [aws_lambda_permission.config]
}

resource "aws_cloudwatch_metric_alarm" "run_failed" {
  alarm_name          = "${var.name}-run-failed"
  alarm_description   = "A run of Backstop failed; its log says why"
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = aws_lambda_function.this.function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = compact([var.alarm_topic_arn])
}

resource "aws_cloudwatch_metric_alarm" "event_lost" {
  alarm_name          = "${var.name}-event-lost"
  alarm_description   = "AWS Config called Backstop in vain, also the second time; the message is in the dead-letter queue"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letters.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = compact([var.alarm_topic_arn])
}
