output "function_arn" {
  description = "For the conformance pack."
  value       = aws_lambda_function.this.arn
}

output "role_arn" {
  description = "For key policies that must name the auditor."
  value       = aws_iam_role.this.arn
}

output "rule_arn" {
  description = "The rule."
  value       = aws_config_config_rule.this.arn
}
