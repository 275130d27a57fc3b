import type { serviceTables } from '../state/world.ts'
import type { Service } from './service.ts'
import { apigateway } from './apigateway/service.ts'
import { ec2 } from './ec2/service.ts'
import { ecs } from './ecs/service.ts'
import { elbv2 } from './elbv2/service.ts'
import { iam } from './iam/service.ts'
import { lambda } from './lambda/service.ts'
import { logs } from './logs/service.ts'
import { route53 } from './route53/service.ts'
import { secretsmanager } from './secretsmanager/service.ts'
import { sts } from './sts/service.ts'

/** Services by their part of the world: the type names a forgotten one. */
const byPart: Record<keyof typeof serviceTables, Service> = {
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
}

/** The services that the sandbox speaks, found by the service name in a request's credential scope. */
export const services: readonly Service[] = Object.values(byPart)
