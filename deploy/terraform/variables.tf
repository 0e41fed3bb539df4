variable "name" {
  description = "The name of the rule and of the function; at most 64 characters."
  type        = string
  default     = "backstop"

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,64}$", var.name))
    error_message = "name must be 1 to 64 letters, digits and hyphens"
  }
}

variable "package" {
  description = "The path of the function's package (backstop-lambda-<architecture>-<version>.zip)."
  type        = string
}

variable "architecture" {
  description = "What the package was built for: arm64 or x86_64."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be arm64 or x86_64"
  }
}

variable "memory_size" {
  description = "MB; more memory is more processor, too."
  type        = number
  default     = 1024
}

variable "timeout" {
  description = "Seconds; what is not judged by then is not called compliant."
  type        = number
  default     = 900
}

variable "regions" {
  description = "`all` that the account has enabled, `rule` for the rule's own, or a list such as eu-west-1,eu-central-1."
  type        = string
  default     = "all"
}

variable "min_severity" {
  description = "The mildest severity that makes a resource NON_COMPLIANT: critical, high, medium or low."
  type        = string
  default     = "high"

  validation {
    condition     = contains(["critical", "high", "medium", "low"], var.min_severity)
    error_message = "min_severity must be critical, high, medium or low"
  }
}

variable "frequency" {
  description = "How often the account is judged: One_Hour, Three_Hours, Six_Hours, Twelve_Hours or TwentyFour_Hours."
  type        = string
  default     = "TwentyFour_Hours"

  validation {
    condition     = contains(["One_Hour", "Three_Hours", "Six_Hours", "Twelve_Hours", "TwentyFour_Hours"], var.frequency)
    error_message = "frequency must be One_Hour, Three_Hours, Six_Hours, Twelve_Hours or TwentyFour_Hours"
  }
}

variable "on_change" {
  description = "Whether a resource is also judged when it was changed; every recorded change then invokes the function."
  type        = bool
  default     = false
}

variable "bundle" {
  description = "backstop.toml, rules and waivers as one object in S3; null for the built-in ones."
  type        = object({ bucket = string, key = string, sha256 = string })
  default     = null
}

variable "reports" {
  description = "The bucket for reports, what keys begin with, and the ARN of the KMS key; null for no reports."
  type        = object({ bucket = string, prefix = optional(string, "backstop"), kms_key_arn = optional(string) })
  default     = null

  validation {
    condition     = var.reports == null || can(regex("^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$", var.reports.prefix))
    error_message = "reports.prefix must be letters, digits, dots, hyphens and underscores, with single slashes between them"
  }
}

variable "event_bus_arn" {
  description = "The event bus that is told the counts after each run; null for none."
  type        = string
  default     = null
}

variable "topic_arn" {
  description = "The SNS topic that is told the counts after each run, no FIFO topic; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.topic_arn == null || can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$", var.topic_arn))
    error_message = "topic_arn must be the ARN of an SNS topic, and no FIFO topic"
  }
}

variable "alarm_topic_arn" {
  description = "The SNS topic that is told when a run fails; null for none."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "How long the log is kept."
  type        = number
  default     = 90
}
