terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

variable "account" {
  description = "Its id is also the access key that the sandbox takes."
  type        = string
}

variable "vpc_id" {
  type = string
}

variable "revision" {
  description = "Another value changes something in every part that can change in place."
  type        = string
  default     = "1"
}

provider "aws" {
  region     = "us-east-1"
  access_key = var.account
  secret_key = "rehearsal"

  default_tags {
    tags = { Stack = "stores" }
  }
}

resource "aws_secretsmanager_secret" "key" {
  name                    = "payments/server-key"
  description             = "revision ${var.revision}"
  recovery_window_in_days = 0
  tags                    = { Revision = var.revision }
}

resource "aws_secretsmanager_secret_version" "key" {
  secret_id     = aws_secretsmanager_secret.key.id
  secret_string = "value ${var.revision}"
}

# Stays behind for its recovery window.
resource "aws_secretsmanager_secret" "kept" {
  name                    = "payments/kept"
  recovery_window_in_days = 7
}

resource "aws_cloudwatch_log_group" "proxy" {
  name              = "/ecs/payments"
  retention_in_days = var.revision == "1" ? 30 : 90
  tags              = { Revision = var.revision }
}

resource "aws_cloudwatch_log_stream" "proxy" {
  name           = "by-hand"
  log_group_name = aws_cloudwatch_log_group.proxy.name
}

data "aws_route_table" "main" {
  vpc_id = var.vpc_id

  filter {
    name   = "association.main"
    values = ["true"]
  }
}

resource "aws_route_table" "tasks" {
  vpc_id = var.vpc_id
}

data "aws_vpc_endpoint_service" "s3" {
  service      = "s3"
  service_type = "Gateway"
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id            = var.vpc_id
  service_name      = data.aws_vpc_endpoint_service.s3.service_name
  vpc_endpoint_type = "Gateway"
  route_table_ids   = var.revision == "1" ? [aws_route_table.tasks.id] : [aws_route_table.tasks.id, data.aws_route_table.main.id]
}

data "aws_prefix_list" "s3" {
  prefix_list_id = aws_vpc_endpoint.s3.prefix_list_id
}

output "prefix_list" {
  value = data.aws_prefix_list.s3.name
}

output "secret" {
  value = aws_secretsmanager_secret.key.arn
}
