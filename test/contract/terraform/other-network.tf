# An API for what is in another network: a target outside the VPC, behind a gateway that exists, in a VPC and with an
# execute-api endpoint that exist too.

data "aws_vpc" "hub" {
  tags = { Name = "hub" }
}

data "aws_subnets" "hub" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.hub.id]
  }
}

data "aws_vpc_endpoint" "hub" {
  vpc_id       = data.aws_vpc.hub.id
  service_name = "com.amazonaws.us-east-1.execute-api"
  state        = "available"
}

resource "aws_security_group" "elsewhere" {
  name        = "elsewhere"
  description = "Load balancer before the other network"
  vpc_id      = data.aws_vpc.hub.id
}

resource "aws_security_group_rule" "elsewhere_out" {
  security_group_id = aws_security_group.elsewhere.id
  type              = "egress"
  protocol          = "tcp"
  from_port         = 8080
  to_port           = 8080
  cidr_blocks       = ["192.168.50.0/24"]
}

resource "aws_lb_target_group" "elsewhere" {
  name               = "elsewhere"
  target_type        = "ip"
  protocol           = "TCP"
  port               = 8080
  vpc_id             = data.aws_vpc.hub.id
  preserve_client_ip = "false"

  health_check {
    protocol = "HTTP"
    path     = "/"
    interval = 10
  }
}

resource "aws_lb_target_group_attachment" "elsewhere" {
  target_group_arn  = aws_lb_target_group.elsewhere.arn
  target_id         = "192.168.50.10"
  port              = 8080
  availability_zone = "all"
}

resource "aws_lb" "elsewhere" {
  name                                                         = "elsewhere"
  internal                                                     = true
  load_balancer_type                                           = "network"
  subnets                                                      = data.aws_subnets.hub.ids
  security_groups                                              = [aws_security_group.elsewhere.id]
  enforce_security_group_inbound_rules_on_private_link_traffic = "off"
}

resource "aws_lb_listener" "elsewhere" {
  load_balancer_arn = aws_lb.elsewhere.arn
  protocol          = "TCP"
  port              = 80

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.elsewhere.arn
  }
}

resource "aws_api_gateway_vpc_link" "elsewhere" {
  name        = "elsewhere"
  target_arns = [aws_lb.elsewhere.arn]
}

# The whole API as one document, as a team with an OpenAPI definition writes it.
resource "aws_api_gateway_rest_api" "elsewhere" {
  name = "elsewhere"

  endpoint_configuration {
    types            = ["PRIVATE"]
    vpc_endpoint_ids = [data.aws_vpc_endpoint.hub.id]
  }

  body = jsonencode({
    openapi = "3.0.1"
    info    = { title = "elsewhere", version = "1" }
    "x-amazon-apigateway-policy" = {
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Principal = "*"
        Action    = "execute-api:Invoke"
        Resource  = "execute-api:/*"
        Condition = { StringEquals = { "aws:SourceVpce" = data.aws_vpc_endpoint.hub.id } }
      }]
    }
    paths = {
      "/{proxy+}" = {
        "x-amazon-apigateway-any-method" = {
          parameters = [{ name = "proxy", in = "path", required = true, schema = { type = "string" } }]
          responses  = { default = { description = "whatever the other network says" } }
          "x-amazon-apigateway-integration" = {
            type                = "http_proxy"
            httpMethod          = "ANY"
            connectionType      = "VPC_LINK"
            connectionId        = "$${stageVariables.link}"
            uri                 = "http://${aws_lb.elsewhere.dns_name}/{proxy}"
            requestParameters   = { "integration.request.path.proxy" = "method.request.path.proxy" }
            passthroughBehavior = "when_no_match"
          }
        }
      }
    }
  })
}

resource "aws_api_gateway_deployment" "elsewhere" {
  rest_api_id = aws_api_gateway_rest_api.elsewhere.id
  triggers    = { definition = sha1(aws_api_gateway_rest_api.elsewhere.body) }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "elsewhere" {
  rest_api_id   = aws_api_gateway_rest_api.elsewhere.id
  deployment_id = aws_api_gateway_deployment.elsewhere.id
  stage_name    = "v1"
  variables     = { link = aws_api_gateway_vpc_link.elsewhere.id }
}

output "elsewhere_api" {
  value = aws_api_gateway_rest_api.elsewhere.id
}

output "hub_endpoint" {
  value = data.aws_vpc_endpoint.hub.id
}
