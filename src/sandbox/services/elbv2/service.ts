import * as model from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Service } from '../../protocol/operation.ts'

export const elbv2: Service = { id: 'elasticloadbalancing', protocol: 'query', model, operations: {} }
