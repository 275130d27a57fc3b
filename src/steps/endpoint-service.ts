import {
  CreateVpcEndpointServiceConfigurationCommand,
  DeleteVpcEndpointServiceConfigurationsCommand,
  ModifyVpcEndpointServiceConfigurationCommand,
  type ServiceConfiguration,
} from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { tagMap, tagSpecification } from '../aws/tags.ts'
import { differs, minutes, seconds } from '../engine/step.ts'
import { given, ownerOf, seek, stateOf } from './shared/ownership.ts'
import { during, owned, requested } from '../aws/permissions/conditions.ts'
import { describe, permission } from '../aws/permissions/permission.ts'
import { ec2 } from '../aws/permissions/resources.ts'

const factsOf = (service: ServiceConfiguration) => ({
  serviceId: given(service.ServiceId, 'the id of the endpoint service'),
  serviceName: given(service.ServiceName, 'the name of the endpoint service'),
})

/**
 * The PrivateLink service in front of the application's load balancer. Every connection has to be accepted. One load
 * balancer belongs to at most one service ("Create an endpoint service", AWS PrivateLink guide).
 */
export const endpointService = defineStep<{ loadBalancerArn: string }>()({
  id: 'endpoint-service',
  title: 'Endpoint service on the load balancer',
  facts: z.object({ serviceId: z.string(), serviceName: z.string() }),
  permissions: {
    read: [describe('ec2:DescribeVpcEndpointServiceConfigurations')],
    create: [
      permission(
        'MakeServices',
        ['ec2:CreateVpcEndpointServiceConfiguration'],
        ec2('vpc-endpoint-service/*'),
        requested,
      ),
      permission(
        'TagServices',
        ['ec2:CreateTags'],
        ec2('vpc-endpoint-service/*'),
        during('ec2:CreateAction', 'CreateVpcEndpointServiceConfiguration'),
      ),
    ],
    update: [
      permission('OwnServices', ['ec2:ModifyVpcEndpointServiceConfiguration'], ec2('vpc-endpoint-service/*'), owned),
    ],
    delete: [
      permission('OwnServices', ['ec2:DeleteVpcEndpointServiceConfigurations'], ec2('vpc-endpoint-service/*'), owned),
    ],
  },
  patience: { upTo: minutes(10), every: seconds(5) },

  async read(sight) {
    const { aws, inputs, known, identity } = sight
    const service = await seek(sight, known?.serviceId, {
      byId: (id) => aws.reads.endpointServices({ id }),
      byMark: () => aws.reads.endpointServices({ identity }),
      isGone: ({ ServiceState }) => stateOf(ServiceState) === 'deleted',
    })
    if (service === undefined) return { state: 'absent' }
    const owner = ownerOf(identity, tagMap(service.Tags))
    const facts = factsOf(service)
    const state = stateOf(service.ServiceState)
    if (state === 'failed') {
      return { state: 'broken', owner, why: `${facts.serviceId} has failed`, fix: 'replace', facts }
    }
    if (state !== 'available') {
      return { state: 'pending', owner, why: `${facts.serviceId} is ${state}`, deleting: state === 'deleting', facts }
    }
    const wanted = inputs.loadBalancerArn === undefined ? undefined : [inputs.loadBalancerArn]
    return {
      state: 'ready',
      owner,
      facts,
      drift: [
        ...differs('acceptanceRequired', service.AcceptanceRequired, true),
        ...differs('loadBalancerArns', service.NetworkLoadBalancerArns ?? [], wanted),
      ],
    }
  },

  async create({ aws, inputs, identity, token }) {
    const { ServiceConfiguration: service } = await aws.ec2(
      new CreateVpcEndpointServiceConfigurationCommand({
        NetworkLoadBalancerArns: [inputs.loadBalancerArn],
        AcceptanceRequired: true,
        ClientToken: token,
        TagSpecifications: [tagSpecification('vpc-endpoint-service', identity)],
      }),
    )
    return factsOf(given(service, 'the endpoint service'))
  },

  async update({ aws, inputs, facts, drift }) {
    const balancers = drift.find(({ field }) => field === 'loadBalancerArns')
    const was = Array.isArray(balancers?.was) ? balancers.was.map(String) : [inputs.loadBalancerArn]
    const remove = was.filter((arn) => arn !== inputs.loadBalancerArn)
    await aws.ec2(
      new ModifyVpcEndpointServiceConfigurationCommand({
        ServiceId: facts.serviceId,
        AcceptanceRequired: true,
        ...(was.includes(inputs.loadBalancerArn) ? {} : { AddNetworkLoadBalancerArns: [inputs.loadBalancerArn] }),
        ...(remove.length === 0 ? {} : { RemoveNetworkLoadBalancerArns: remove }),
      }),
    )
  },

  async delete({ aws, known }) {
    await aws.ec2(new DeleteVpcEndpointServiceConfigurationsCommand({ ServiceIds: [known.serviceId] }))
  },
})
