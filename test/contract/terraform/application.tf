# The application's account: a load balancer before the application, offered as an endpoint service.

resource "aws_vpc" "application" {
  provider             = aws.application
  cidr_block           = "10.1.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "application" }
}

resource "aws_subnet" "application" {
  provider             = aws.application
  count                = 2
  vpc_id               = aws_vpc.application.id
  cidr_block           = cidrsubnet(aws_vpc.application.cidr_block, 8, count.index + 1)
  availability_zone_id = local.zone_ids[count.index]
}

resource "aws_security_group" "application" {
  provider    = aws.application
  name        = "application-nlb"
  description = "Load balancer of the application"
  vpc_id      = aws_vpc.application.id
}

resource "aws_security_group_rule" "application_in" {
  provider          = aws.application
  security_group_id = aws_security_group.application.id
  type              = "ingress"
  description       = "callers in the same VPC, revision ${var.revision}"
  protocol          = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_blocks       = [aws_vpc.application.cidr_block]
}

resource "aws_security_group_rule" "application_out" {
  provider          = aws.application
  security_group_id = aws_security_group.application.id
  type              = "egress"
  protocol          = "tcp"
  from_port         = 8080
  to_port           = 8080
  cidr_blocks       = [aws_vpc.application.cidr_block]
}

resource "aws_lb" "application" {
  provider                                                     = aws.application
  name                                                         = "application"
  internal                                                     = true
  load_balancer_type                                           = "network"
  subnets                                                      = aws_subnet.application[*].id
  security_groups                                              = [aws_security_group.application.id]
  enforce_security_group_inbound_rules_on_private_link_traffic = "off"
  enable_cross_zone_load_balancing                             = true
}

resource "aws_lb_target_group" "application" {
  provider             = aws.application
  name                 = "application"
  target_type          = "ip"
  protocol             = "TCP"
  port                 = 8080
  vpc_id               = aws_vpc.application.id
  deregistration_delay = 60
  preserve_client_ip   = "false"
  tags                 = { Revision = var.revision }

  health_check {
    protocol            = "HTTP"
    path                = "/healthy"
    matcher             = "200-299"
    interval            = 10
    healthy_threshold   = 2
    unhealthy_threshold = 1 + tonumber(var.revision)
  }
}

resource "aws_lb_target_group_attachment" "application" {
  provider         = aws.application
  target_group_arn = aws_lb_target_group.application.arn
  target_id        = "10.1.1.50"
}

resource "aws_lb_listener" "application" {
  provider          = aws.application
  load_balancer_arn = aws_lb.application.arn
  protocol          = "TCP"
  port              = 80

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.application.arn
  }
}

resource "aws_vpc_endpoint_service" "application" {
  provider                   = aws.application
  acceptance_required        = true
  network_load_balancer_arns = [aws_lb.application.arn]
  supported_ip_address_types = ["ipv4"]
  tags                       = { Name = "application", Revision = var.revision }
}

resource "aws_vpc_endpoint_service_allowed_principal" "platform" {
  provider                = aws.application
  vpc_endpoint_service_id = aws_vpc_endpoint_service.application.id
  principal_arn           = "arn:aws:iam::${var.platform_account}:root"
}

# A new principal is not known everywhere at once, and the provider does not ask twice after InvalidServiceName.
resource "terraform_data" "permission_known" {
  triggers_replace = aws_vpc_endpoint_service_allowed_principal.platform.id

  provisioner "local-exec" {
    command = "sleep 1"
  }
}

resource "aws_vpc_endpoint_connection_accepter" "platform" {
  provider                = aws.application
  vpc_endpoint_service_id = aws_vpc_endpoint_service.application.id
  vpc_endpoint_id         = aws_vpc_endpoint.application.id
}
