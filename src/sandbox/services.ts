import type { Service } from './protocol/operation.ts'
import { apigateway } from './services/apigateway/service.ts'
import { ec2 } from './services/ec2/service.ts'
import { elbv2 } from './services/elbv2/service.ts'
import { sts } from './services/sts/service.ts'

/** The services that the sandbox speaks, found by the service name in a request's credential scope. */
export const services: readonly Service[] = [sts, ec2, elbv2, apigateway]
