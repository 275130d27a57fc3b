import * as model from '@aws-sdk/client-ec2'
import type { Service } from '../../protocol/operation.ts'

export const ec2: Service = { id: 'ec2', protocol: 'ec2-query', model, operations: {} }
