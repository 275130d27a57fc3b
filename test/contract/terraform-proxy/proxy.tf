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

variable "subnet_ids" {
  description = "With commas in between."
  type        = string
}

variable "certificate_arn" {
  type = string
}

variable "revision" {
  description = "Another value changes something in every part that can change in place."
  type        = string
  default     = "1"
}

locals {
  subnet_ids = split(",", var.subnet_ids)
}

provider "aws" {
  region     = "us-east-1"
  access_key = var.account
  secret_key = "rehearsal"
}

resource "aws_security_group" "proxy" {
  name   = "proxy"
  vpc_id = var.vpc_id

  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.3.0.0/16"]
  }
}

resource "aws_lb_trust_store" "clients" {
  name                             = "clients"
  ca_certificates_bundle_s3_bucket = "trust"
  ca_certificates_bundle_s3_key    = var.revision == "1" ? "clients.pem" : "others.pem"
  tags                             = { Revision = var.revision }
}

resource "aws_lb_trust_store_revocation" "clients" {
  trust_store_arn       = aws_lb_trust_store.clients.arn
  revocations_s3_bucket = "trust"
  revocations_s3_key    = "clients.crl"
}

resource "aws_lb" "proxy" {
  name                       = "proxy"
  internal                   = true
  load_balancer_type         = "application"
  subnets                    = local.subnet_ids
  security_groups            = [aws_security_group.proxy.id]
  drop_invalid_header_fields = var.revision == "1"
}

resource "aws_lb_target_group" "api" {
  name        = "api"
  port        = 443
  protocol    = "HTTPS"
  target_type = "ip"
  vpc_id      = var.vpc_id

  health_check {
    protocol = "HTTPS"
    path     = "/ping"
    matcher  = var.revision == "1" ? "200,403" : "200"
  }
}

resource "aws_lb_target_group_attachment" "api" {
  target_group_arn = aws_lb_target_group.api.arn
  target_id        = "10.3.1.77"
  port             = 443
}

resource "aws_lb_listener" "mtls" {
  load_balancer_arn = aws_lb.proxy.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = var.revision == "1" ? "ELBSecurityPolicy-TLS13-1-2-2021-06" : "ELBSecurityPolicy-TLS13-1-3-2021-06"
  certificate_arn   = var.certificate_arn

  mutual_authentication {
    mode            = "verify"
    trust_store_arn = aws_lb_trust_store.clients.arn
  }

  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      message_body = "revision ${var.revision}"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "api" {
  listener_arn = aws_lb_listener.mtls.arn
  priority     = var.revision == "1" ? 10 : 20

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.api.arn
  }

  condition {
    host_header {
      values = ["payments.example.internal"]
    }
  }

  condition {
    path_pattern {
      values = var.revision == "1" ? ["/*"] : ["/v1/*", "/v2/*"]
    }
  }
}

resource "aws_lb" "front" {
  name               = "front"
  internal           = true
  load_balancer_type = "network"
  subnets            = local.subnet_ids
}

resource "aws_lb_target_group" "proxy" {
  name        = "behind"
  port        = 443
  protocol    = "TCP"
  target_type = "alb"
  vpc_id      = var.vpc_id

  health_check {
    protocol = var.revision == "1" ? "HTTPS" : "HTTP"
    matcher  = "200-399"
    path     = "/"
  }
}

resource "aws_lb_target_group_attachment" "proxy" {
  target_group_arn = aws_lb_target_group.proxy.arn
  target_id        = aws_lb.proxy.arn
  port             = 443
  depends_on       = [aws_lb_listener.mtls]
}

resource "aws_lb_listener" "front" {
  load_balancer_arn = aws_lb.front.arn
  port              = 443
  protocol          = "TCP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.proxy.arn
  }
}
