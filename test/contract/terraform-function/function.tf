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

variable "package" {
  description = "Path of the deployment package."
  type        = string
}

variable "revision" {
  type    = string
  default = "1"
}

provider "aws" {
  region     = "us-east-1"
  access_key = var.account
  secret_key = "rehearsal"

  default_tags {
    tags = { Stack = "function" }
  }
}

resource "aws_subnet" "function" {
  vpc_id     = var.vpc_id
  cidr_block = cidrsubnet(data.aws_vpc.home.cidr_block, 8, 200)
}

data "aws_vpc" "home" {
  id = var.vpc_id
}

resource "aws_security_group" "function" {
  name        = "function"
  description = "A function"
  vpc_id      = var.vpc_id

  egress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = [data.aws_vpc.home.cidr_block]
  }
}

resource "aws_iam_role" "function" {
  name = "function"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy_attachment" "function" {
  role       = aws_iam_role.function.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
}

resource "aws_lambda_function" "caller" {
  function_name    = "caller"
  role             = aws_iam_role.function.arn
  runtime          = "nodejs22.x"
  handler          = "index.handler"
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  timeout          = 10
  memory_size      = 128 * tonumber(var.revision)
  description      = "revision ${var.revision}"

  environment {
    variables = { REVISION = var.revision }
  }

  vpc_config {
    subnet_ids         = [aws_subnet.function.id]
    security_group_ids = [aws_security_group.function.id]
  }

  tags = { Revision = var.revision }

  depends_on = [aws_iam_role_policy_attachment.function]
}

resource "aws_lambda_permission" "api" {
  statement_id  = "api"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.caller.function_name
  principal     = "apigateway.amazonaws.com"
}

output "arn" {
  value = aws_lambda_function.caller.arn
}
