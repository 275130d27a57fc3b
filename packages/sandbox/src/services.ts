import type { Service } from './protocol/operation.ts'
import { apigateway } from './services/apigateway/service.ts'
import { ec2 } from './services/ec2/service.ts'
import { ecs } from './services/ecs/service.ts'
import { elbv2 } from './services/elbv2/service.ts'
import { iam } from './services/iam/service.ts'
import { lambda } from './services/lambda/service.ts'
import { logs } from './services/logs/service.ts'
import { route53 } from './services/route53/service.ts'
import { secretsmanager } from './services/secretsmanager/service.ts'
import { sts } from './services/sts/service.ts'

/** The services that the sandbox speaks, found by the service name in a request's credential scope. */
export const services: readonly Service[] = [
  sts,
  ec2,
  elbv2,
  apigateway,
  iam,
  lambda,
  ecs,
  secretsmanager,
  logs,
  route53,
]
