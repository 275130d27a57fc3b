import {
  DescribeVpcEndpointServicePermissionsCommand,
  ModifyVpcEndpointServicePermissionsCommand,
} from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { isFailure } from '../aws/failures.ts'
import { tagMap } from '../aws/tags.ts'
import { minutes, seconds } from '../engine/step.ts'
import { ownerWithin } from './shared/ownership.ts'
import { owned } from '../aws/permissions/conditions.ts'
import { describe, permission } from '../aws/permissions/permission.ts'
import { ec2 } from '../aws/permissions/resources.ts'
import { endpointService } from './endpoint-service.ts'

/**
 * The principal that may connect to the endpoint service. A role's ARN with a path is not supported here
 * (ModifyVpcEndpointServicePermissions, EC2 API reference).
 */
export const allowedPrincipal = defineStep<{ serviceId: string; principal: string }>()({
  id: 'allowed-principal',
  title: 'Permission to connect to the endpoint service',
  facts: z.object({ serviceId: z.string(), principal: z.string() }),
  permissions: {
    read: [
      // Without a tag: of a service that is gone, AWS would answer "not authorized" instead of "not found".
      permission('LookAtServiceUsers', ['ec2:DescribeVpcEndpointServicePermissions'], ec2('vpc-endpoint-service/*')),
      describe('ec2:DescribeVpcEndpointServiceConfigurations'),
    ],
    create: [
      permission(
        'OwnServiceUsers',
        ['ec2:ModifyVpcEndpointServicePermissions'],
        ec2('vpc-endpoint-service/*'),
        owned,
        () => [endpointService],
      ),
    ],
    delete: [
      permission(
        'OwnServiceUsers',
        ['ec2:ModifyVpcEndpointServicePermissions'],
        ec2('vpc-endpoint-service/*'),
        owned,
        () => [endpointService],
      ),
    ],
  },
  patience: { upTo: minutes(5), every: seconds(5) },
  relation: true,

  async read({ aws, inputs, known, identity }) {
    const serviceId = inputs.serviceId ?? known?.serviceId
    const principal = inputs.principal ?? known?.principal
    if (serviceId === undefined || principal === undefined) return { state: 'absent' }
    try {
      const [{ AllowedPrincipals: allowed = [] }, [service]] = await Promise.all([
        aws.ec2(
          new DescribeVpcEndpointServicePermissionsCommand({
            ServiceId: serviceId,
            Filters: [{ Name: 'principal', Values: [principal] }],
          }),
        ),
        // Where the ledger knows the membership, it also knows whose it is.
        known === undefined ? aws.reads.endpointServices({ id: serviceId }) : [],
      ])
      if (!allowed.some(({ Principal }) => Principal === principal)) return { state: 'absent' }
      const owner = known === undefined ? ownerWithin(identity, tagMap(service?.Tags)) : 'ours'
      return { state: 'ready', owner, facts: { serviceId, principal } }
    } catch (thrown) {
      if (isFailure(thrown, 'NotFound')) return { state: 'absent' }
      throw thrown
    }
  },

  async create({ aws, inputs: { serviceId, principal } }) {
    await aws.ec2(
      new ModifyVpcEndpointServicePermissionsCommand({ ServiceId: serviceId, AddAllowedPrincipals: [principal] }),
    )
    return { serviceId, principal }
  },

  async delete({ aws, known: { serviceId, principal } }) {
    await aws.ec2(
      new ModifyVpcEndpointServicePermissionsCommand({ ServiceId: serviceId, RemoveAllowedPrincipals: [principal] }),
    )
  },
})
