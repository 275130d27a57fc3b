# The platform's account: an endpoint of the application's service, a load balancer before its interfaces, a VPC link to
# that, and a private API that only the platform's own execute-api endpoint reaches.

resource "aws_vpc" "platform" {
  cidr_block           = "10.2.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "platform" }
}

resource "aws_subnet" "platform" {
  count                = 2
  vpc_id               = aws_vpc.platform.id
  cidr_block           = cidrsubnet(aws_vpc.platform.cidr_block, 8, count.index + 1)
  availability_zone_id = local.zone_ids[count.index]
}

resource "aws_security_group" "endpoint" {
  name        = "application-endpoint"
  description = "Endpoint of the application"
  vpc_id      = aws_vpc.platform.id
}

resource "aws_vpc_security_group_ingress_rule" "endpoint" {
  security_group_id            = aws_security_group.endpoint.id
  description                  = "the load balancer of the link, revision ${var.revision}"
  ip_protocol                  = "tcp"
  from_port                    = 80
  to_port                      = 80
  referenced_security_group_id = aws_security_group.link.id
}

resource "aws_security_group" "link" {
  name        = "link"
  description = "Load balancer of the VPC link"
  vpc_id      = aws_vpc.platform.id
}

resource "aws_vpc_security_group_egress_rule" "link" {
  security_group_id = aws_security_group.link.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_security_group" "gateway" {
  name        = "gateway-endpoint"
  description = "Endpoint of API Gateway"
  vpc_id      = aws_vpc.platform.id

  ingress {
    description = "callers in the same VPC"
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = [aws_vpc.platform.cidr_block]
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

# The provider's own view of the service: the zones in which it can be reached.
data "aws_vpc_endpoint_service" "application" {
  service_name = aws_vpc_endpoint_service.application.service_name
  depends_on   = [terraform_data.permission_known]
}

resource "aws_vpc_endpoint" "application" {
  vpc_id              = aws_vpc.platform.id
  service_name        = data.aws_vpc_endpoint_service.application.service_name
  vpc_endpoint_type   = "Interface"
  subnet_ids          = aws_subnet.platform[*].id
  security_group_ids  = [aws_security_group.endpoint.id]
  private_dns_enabled = false
  tags                = { Name = "application", Revision = var.revision }
}

data "aws_network_interface" "application" {
  count = 2
  filter {
    name   = "subnet-id"
    values = [aws_subnet.platform[count.index].id]
  }
  filter {
    name   = "description"
    values = ["VPC Endpoint Interface ${aws_vpc_endpoint.application.id}"]
  }
}

resource "aws_lb_target_group" "link" {
  name                 = "link"
  target_type          = "ip"
  protocol             = "TCP"
  port                 = 80
  vpc_id               = aws_vpc.platform.id
  deregistration_delay = 0
  preserve_client_ip   = "false"

  health_check {
    protocol = "TCP"
    interval = 10
  }
}

resource "aws_lb_target_group_attachment" "link" {
  count            = 2
  target_group_arn = aws_lb_target_group.link.arn
  target_id        = data.aws_network_interface.application[count.index].private_ip
  port             = 80
}

resource "aws_lb" "link" {
  name                                                         = "link"
  internal                                                     = true
  load_balancer_type                                           = "network"
  security_groups                                              = [aws_security_group.link.id]
  enforce_security_group_inbound_rules_on_private_link_traffic = "off"

  dynamic "subnet_mapping" {
    for_each = aws_subnet.platform[*].id
    content {
      subnet_id = subnet_mapping.value
    }
  }
}

resource "aws_lb_listener" "link" {
  load_balancer_arn = aws_lb.link.arn
  protocol          = "TCP"
  port              = 80

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.link.arn
  }
}

resource "aws_api_gateway_vpc_link" "application" {
  name        = "application"
  description = "revision ${var.revision}"
  target_arns = [aws_lb.link.arn]
}

resource "aws_vpc_endpoint" "gateway" {
  vpc_id              = aws_vpc.platform.id
  service_name        = "com.amazonaws.us-east-1.execute-api"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = aws_subnet.platform[*].id
  security_group_ids  = [aws_security_group.gateway.id]
  private_dns_enabled = true
}

resource "aws_vpc_endpoint_policy" "gateway" {
  vpc_endpoint_id = aws_vpc_endpoint.gateway.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "execute-api:Invoke", Resource = "*" }]
  })
}

output "application_vpc" {
  value = aws_vpc.application.id
}

output "platform_vpc" {
  value = aws_vpc.platform.id
}

output "gateway_endpoint" {
  value = aws_vpc_endpoint.gateway.id
}
