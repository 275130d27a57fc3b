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
}

resource "aws_iam_role" "execution" {
  name = "execution"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_security_group" "tasks" {
  name   = "proxies"
  vpc_id = var.vpc_id
  ingress {
    from_port   = 80
    to_port     = 80
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }
  egress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_lb" "front" {
  name               = "front"
  internal           = true
  load_balancer_type = "network"
  subnets            = split(",", var.subnet_ids)
}

resource "aws_lb_target_group" "tasks" {
  name                 = "tasks"
  port                 = 80
  protocol             = "TCP"
  target_type          = "ip"
  vpc_id               = var.vpc_id
  deregistration_delay = 10
  health_check {
    protocol            = "TCP"
    interval            = 10
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener" "front" {
  load_balancer_arn = aws_lb.front.arn
  port              = 80
  protocol          = "TCP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.tasks.arn
  }
}

resource "aws_ecs_cluster" "proxies" {
  name = "proxies"
  setting {
    name  = "containerInsights"
    value = "disabled"
  }
  tags = { Revision = var.revision }
}

resource "aws_ecs_task_definition" "proxy" {
  family                   = "proxy"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  container_definitions = jsonencode([{
    name         = "nginx"
    image        = "public.ecr.aws/nginx/nginx:1.29-alpine"
    essential    = true
    portMappings = [{ containerPort = 80, hostPort = 80, protocol = "tcp" }]
    environment  = [{ name = "REVISION", value = var.revision }]
  }])
}

resource "aws_ecs_service" "proxy" {
  name                              = "proxy"
  cluster                           = aws_ecs_cluster.proxies.id
  task_definition                   = aws_ecs_task_definition.proxy.arn
  desired_count                     = 1
  launch_type                       = "FARGATE"
  health_check_grace_period_seconds = 60
  network_configuration {
    subnets         = split(",", var.subnet_ids)
    security_groups = [aws_security_group.tasks.id]
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.tasks.arn
    container_name   = "nginx"
    container_port   = 80
  }
  depends_on = [aws_lb_listener.front]
}

output "service" {
  value = aws_ecs_service.proxy.id
}
