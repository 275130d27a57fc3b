import * as model from '@aws-sdk/client-sts'
import type { Service } from '../../protocol/operation.ts'

export const sts: Service = { id: 'sts', protocol: 'query', model, operations: {} }
