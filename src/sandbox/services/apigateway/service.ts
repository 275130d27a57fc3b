import * as model from '@aws-sdk/client-api-gateway'
import type { Service } from '../../protocol/operation.ts'

export const apigateway: Service = { id: 'apigateway', protocol: 'rest-json', model, operations: {} }
