# The private API before the application: everything goes through the link as it came, OPTIONS are answered at the gateway.

resource "aws_api_gateway_rest_api" "application" {
  name        = "application"
  description = "revision ${var.revision}"

  endpoint_configuration {
    types            = ["PRIVATE"]
    vpc_endpoint_ids = [aws_vpc_endpoint.gateway.id]
  }
}

# Full ARNs: the shorthand execute-api:/* reads back as one, and the provider takes that for a difference.
data "aws_iam_policy_document" "own_endpoint_only" {
  statement {
    actions   = ["execute-api:Invoke"]
    resources = ["${aws_api_gateway_rest_api.application.execution_arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
  statement {
    effect    = "Deny"
    actions   = ["execute-api:Invoke"]
    resources = ["${aws_api_gateway_rest_api.application.execution_arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "StringNotEquals"
      variable = "aws:SourceVpce"
      values   = [aws_vpc_endpoint.gateway.id]
    }
  }
}

resource "aws_api_gateway_rest_api_policy" "application" {
  rest_api_id = aws_api_gateway_rest_api.application.id
  policy      = data.aws_iam_policy_document.own_endpoint_only.json
}

resource "aws_api_gateway_resource" "rest" {
  rest_api_id = aws_api_gateway_rest_api.application.id
  parent_id   = aws_api_gateway_rest_api.application.root_resource_id
  path_part   = "{proxy+}"
}

resource "aws_api_gateway_method" "root" {
  rest_api_id   = aws_api_gateway_rest_api.application.id
  resource_id   = aws_api_gateway_rest_api.application.root_resource_id
  http_method   = "ANY"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "root" {
  rest_api_id             = aws_api_gateway_rest_api.application.id
  resource_id             = aws_api_gateway_method.root.resource_id
  http_method             = aws_api_gateway_method.root.http_method
  type                    = "HTTP_PROXY"
  integration_http_method = "ANY"
  connection_type         = "VPC_LINK"
  connection_id           = aws_api_gateway_vpc_link.application.id
  uri                     = "http://${aws_lb.link.dns_name}/"
}

resource "aws_api_gateway_method" "rest" {
  rest_api_id        = aws_api_gateway_rest_api.application.id
  resource_id        = aws_api_gateway_resource.rest.id
  http_method        = "ANY"
  authorization      = "NONE"
  request_parameters = { "method.request.path.proxy" = true }
}

resource "aws_api_gateway_integration" "rest" {
  rest_api_id             = aws_api_gateway_rest_api.application.id
  resource_id             = aws_api_gateway_method.rest.resource_id
  http_method             = aws_api_gateway_method.rest.http_method
  type                    = "HTTP_PROXY"
  integration_http_method = "ANY"
  connection_type         = "VPC_LINK"
  connection_id           = aws_api_gateway_vpc_link.application.id
  uri                     = "http://${aws_lb.link.dns_name}/{proxy}"
  timeout_milliseconds    = 20000 + 1000 * tonumber(var.revision)
  request_parameters      = { "integration.request.path.proxy" = "method.request.path.proxy" }
}

resource "aws_api_gateway_method" "options" {
  rest_api_id   = aws_api_gateway_rest_api.application.id
  resource_id   = aws_api_gateway_resource.rest.id
  http_method   = "OPTIONS"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "options" {
  rest_api_id       = aws_api_gateway_rest_api.application.id
  resource_id       = aws_api_gateway_method.options.resource_id
  http_method       = aws_api_gateway_method.options.http_method
  type              = "MOCK"
  request_templates = { "application/json" = jsonencode({ statusCode = 200 }) }
}

resource "aws_api_gateway_method_response" "options" {
  rest_api_id     = aws_api_gateway_rest_api.application.id
  resource_id     = aws_api_gateway_method.options.resource_id
  http_method     = aws_api_gateway_method.options.http_method
  status_code     = "200"
  response_models = { "application/json" = "Empty" }
  response_parameters = {
    "method.response.header.Access-Control-Allow-Headers" = true
    "method.response.header.Access-Control-Allow-Methods" = true
    "method.response.header.Access-Control-Allow-Origin"  = true
  }
}

resource "aws_api_gateway_integration_response" "options" {
  rest_api_id = aws_api_gateway_rest_api.application.id
  resource_id = aws_api_gateway_method.options.resource_id
  http_method = aws_api_gateway_method.options.http_method
  status_code = aws_api_gateway_method_response.options.status_code
  response_parameters = {
    "method.response.header.Access-Control-Allow-Headers" = "'Content-Type,Authorization'"
    "method.response.header.Access-Control-Allow-Methods" = "'GET,POST,OPTIONS'"
    "method.response.header.Access-Control-Allow-Origin"  = "'https://portal.example'"
  }
  depends_on = [aws_api_gateway_integration.options]
}

resource "aws_api_gateway_deployment" "application" {
  rest_api_id = aws_api_gateway_rest_api.application.id
  triggers = {
    definition = sha1(jsonencode([
      aws_api_gateway_integration.root.id,
      aws_api_gateway_integration.root.uri,
      aws_api_gateway_integration.rest.id,
      aws_api_gateway_integration.rest.uri,
      aws_api_gateway_integration.rest.timeout_milliseconds,
      aws_api_gateway_integration.options.id,
      aws_api_gateway_integration_response.options.response_parameters,
      aws_api_gateway_rest_api_policy.application.policy,
    ]))
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "application" {
  rest_api_id   = aws_api_gateway_rest_api.application.id
  deployment_id = aws_api_gateway_deployment.application.id
  stage_name    = "test"
  variables     = { revision = var.revision }
}

output "application_api" {
  value = aws_api_gateway_rest_api.application.id
}

output "invoke_url" {
  value = aws_api_gateway_stage.application.invoke_url
}
