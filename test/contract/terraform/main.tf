terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

variable "platform_account" {
  description = "Account of the API platform: its id is also the access key that the sandbox takes."
  type        = string
}

variable "application_role" {
  description = "ARN of the role that manages the application's account."
  type        = string
}

variable "external_id" {
  type = string
}

variable "revision" {
  description = "Another value changes something in every part that can change in place."
  type        = string
  default     = "1"
}

provider "aws" {
  region     = "us-east-1"
  access_key = var.platform_account
  secret_key = "rehearsal"

  default_tags {
    tags = { Stack = "platform" }
  }
}

provider "aws" {
  alias      = "application"
  region     = "us-east-1"
  access_key = var.platform_account
  secret_key = "rehearsal"

  # The sandbox's time runs ahead of Terraform's, and sessions end by it.
  assume_role {
    role_arn    = var.application_role
    external_id = var.external_id
    duration    = "12h"
  }

  default_tags {
    tags = { Stack = "application" }
  }
}

data "aws_availability_zones" "platform" {
  state = "available"
}

locals {
  # Zone ids mean the same in every account, names do not.
  zone_ids = slice(sort(data.aws_availability_zones.platform.zone_ids), 0, 2)
}
