import { ModifyVpcEndpointServiceConfigurationCommand } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { tagMap } from '../aws/tags.ts'
import { differs, minutes, seconds } from '../engine/step.ts'
import { exits, PrivlinkError } from '../errors.ts'
import { plainName } from './shared/domain-name.ts'
import { ownerWithin, stateOf } from './shared/ownership.ts'
import { owned } from '../aws/permissions/conditions.ts'
import { describe, permission } from '../aws/permissions/permission.ts'
import { ec2 } from '../aws/permissions/resources.ts'
import { endpointService } from './endpoint-service.ts'

/**
 * The private DNS name of an endpoint service: one per service, for consumers who switch it on, once its domain has
 * been proved ("Manage DNS names", AWS PrivateLink guide).
 */
export const privateDnsName = defineStep<{ serviceId: string; name: string }>()({
  id: 'private-dns-name',
  title: 'Private DNS name of the endpoint service',
  facts: z.object({ serviceId: z.string(), name: z.string() }),
  permissions: {
    read: [describe('ec2:DescribeVpcEndpointServiceConfigurations')],
    create: [
      permission(
        'OwnServices',
        ['ec2:ModifyVpcEndpointServiceConfiguration'],
        ec2('vpc-endpoint-service/*'),
        owned,
        () => [endpointService],
      ),
    ],
    update: [
      permission(
        'OwnServices',
        ['ec2:ModifyVpcEndpointServiceConfiguration'],
        ec2('vpc-endpoint-service/*'),
        owned,
        () => [endpointService],
      ),
    ],
    delete: [
      permission(
        'OwnServices',
        ['ec2:ModifyVpcEndpointServiceConfiguration'],
        ec2('vpc-endpoint-service/*'),
        owned,
        () => [endpointService],
      ),
    ],
  },
  patience: { upTo: minutes(5), every: seconds(5) },
  relation: true,

  async read({ aws, inputs, known, identity }) {
    const { serviceId = known?.serviceId, name = known?.name } = inputs
    if (serviceId === undefined || name === undefined) return { state: 'absent' }
    const [service] = await aws.reads.endpointServices({ id: serviceId })
    const present = plainName(service?.PrivateDnsName)
    if (present === '' || stateOf(service?.ServiceState).startsWith('delet')) return { state: 'absent' }
    const owner = known === undefined ? ownerWithin(identity, tagMap(service?.Tags)) : 'ours'
    if (present !== name && owner === 'other') {
      throw new PrivlinkError('PrivateNameTaken', `${serviceId} has the private DNS name ${present} already`, {
        exit: exits.usage,
        hint: 'A service has one private DNS name: give the config the same one, or set names: hosted-zone.',
      })
    }
    return { state: 'ready', owner, facts: { serviceId, name }, drift: differs('name', present, name) }
  },

  async create({ aws, inputs: { serviceId, name } }) {
    await aws.ec2(new ModifyVpcEndpointServiceConfigurationCommand({ ServiceId: serviceId, PrivateDnsName: name }))
    return { serviceId, name }
  },

  async update({ aws, inputs: { serviceId, name } }) {
    await aws.ec2(new ModifyVpcEndpointServiceConfigurationCommand({ ServiceId: serviceId, PrivateDnsName: name }))
  },

  async delete({ aws, known: { serviceId } }) {
    await aws.ec2(
      new ModifyVpcEndpointServiceConfigurationCommand({ ServiceId: serviceId, RemovePrivateDnsName: true }),
    )
  },
})
