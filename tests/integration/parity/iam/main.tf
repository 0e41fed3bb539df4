provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["backup.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "restore" {
  name                 = "restore"
  path                 = "/ops/"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = aws_iam_policy.limits.arn
}

resource "aws_iam_role_policy_attachment" "restore" {
  for_each = {
    aws    = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores"
    limits = aws_iam_policy.limits.arn
  }

  role       = aws_iam_role.restore.name
  policy_arn = each.value
}

resource "aws_iam_role_policy" "start" {
  name = "start"
  role = aws_iam_role.restore.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "backup:StartRestoreJob"
      Resource = aws_backup_vault.orders.arn
    }]
  })
}

resource "aws_backup_vault" "orders" {
  name = "orders"
}

resource "aws_iam_policy" "limits" {
  name = "limits"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Deny"
      Action   = ["backup:DeleteBackupVault", "backup:DeleteRecoveryPoint"]
      Resource = "*"
    }]
  })
}

resource "aws_iam_user" "ann" {
  name = "ann"
}

resource "aws_iam_user_group_membership" "ann" {
  user   = aws_iam_user.ann.name
  groups = [aws_iam_group.operators.name]
}

resource "aws_iam_group" "operators" {
  name = "operators"
}

resource "aws_iam_group_policy" "look" {
  name  = "look"
  group = aws_iam_group.operators.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "backup:List*", Resource = "*" }]
  })
}
