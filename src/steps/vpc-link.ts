import { CreateVpcLinkCommand, DeleteVpcLinkCommand } from '@aws-sdk/client-api-gateway'
import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { differs, minutes, seconds } from '../engine/step.ts'
import { given, ownerOf, seek, stateOf } from './shared/ownership.ts'
import { owned, requested, viaService } from '../aws/permissions/conditions.ts'
import { describe, permission } from '../aws/permissions/permission.ts'
import { api, ec2 } from '../aws/permissions/resources.ts'

/**
 * API Gateway's way into the VPC (V1, for REST APIs). It makes a hidden endpoint service on the load balancer with the
 * caller's own EC2 permissions ("Grant permissions to create a VPC link", API Gateway guide), hence the ec2 actions. A
 * link that has failed stays so and has to be deleted.
 */
export const vpcLink = defineStep<{ loadBalancerArn: string }>()({
  id: 'vpc-link',
  title: 'VPC link to the internal load balancer',
  facts: z.object({ vpcLinkId: z.string() }),
  permissions: {
    read: [permission('LookAtLinks', ['apigateway:GET'], api('/vpclinks'))],
    create: [
      permission('MakeLinks', ['apigateway:POST'], api('/vpclinks'), requested),
      // For tags given at creation (mattclay/aws-terminator#284); to tag an existing API takes PATCH on it
      // (iann0036/iam-dataset#39).
      permission('TagApisAndLinks', ['apigateway:PUT'], api('/tags/*'), requested),
      // A VPC link makes its service in our name and without tags ("Grant permissions to create a VPC link", API
      // Gateway guide). That the calls count as made via a service is assumed.
      permission(
        'LetLinksMakeServices',
        ['ec2:CreateVpcEndpointServiceConfiguration', 'ec2:ModifyVpcEndpointServicePermissions'],
        ec2('vpc-endpoint-service/*'),
        viaService,
      ),
      describe('ec2:DescribeVpcEndpointServiceConfigurations', 'elasticloadbalancing:DescribeLoadBalancers'),
    ],
    delete: [
      permission('OwnLinks', ['apigateway:DELETE'], api('/vpclinks/*'), owned),
      permission(
        'LetLinksMakeServices',
        ['ec2:DeleteVpcEndpointServiceConfigurations'],
        ec2('vpc-endpoint-service/*'),
        viaService,
      ),
      describe('ec2:DescribeVpcEndpointServiceConfigurations'),
    ],
  },
  // Two to four minutes by the guide; Terraform allows twenty for slow cases.
  patience: { upTo: minutes(20), every: seconds(3) },

  async read(sight) {
    const { aws, inputs, known, identity } = sight
    const link = await seek(sight, known?.vpcLinkId, {
      byId: (id) => aws.reads.vpcLinks({ id }),
      byMark: () => aws.reads.vpcLinks({ identity }),
    })
    if (link === undefined) return { state: 'absent' }
    const owner = ownerOf(identity, link.tags)
    const facts = { vpcLinkId: given(link.id, 'the id of the VPC link') }
    const state = stateOf(link.status)
    if (state === 'failed') {
      const why = `VPC link ${facts.vpcLinkId} has failed: ${link.statusMessage ?? 'AWS gives no reason'}`
      const denied = isDenial(link.statusMessage)
      return { state: 'broken', owner, why, fix: 'replace', hint: hintFor(link.statusMessage), denied, facts }
    }
    if (state !== 'available') {
      const why = `VPC link ${facts.vpcLinkId} is ${state}`
      return { state: 'pending', owner, why, deleting: state === 'deleting', facts }
    }
    const wanted = inputs.loadBalancerArn === undefined ? undefined : [inputs.loadBalancerArn]
    return { state: 'ready', owner, facts, drift: differs('targetArns', link.targetArns ?? [], wanted, 'replace') }
  },

  async create({ aws, inputs, identity }) {
    const link = await aws.apigateway(
      new CreateVpcLinkCommand({
        name: identity.name,
        targetArns: [inputs.loadBalancerArn],
        tags: { ...identity.tags },
      }),
    )
    return { vpcLinkId: given(link.id, 'the id of the VPC link') }
  },

  async delete({ aws, known }) {
    await aws.apigateway(new DeleteVpcLinkCommand({ vpcLinkId: known.vpcLinkId }))
  },
})

/** That the link's message says so is assumed. */
const isDenial = (message = ''): boolean => /permission|not authorized|access denied/i.test(message)

/** By the messages that AWS has been seen to give (terraform-provider-aws issues 2512, 18382 and 10407). */
function hintFor(message = ''): string | undefined {
  if (/already associated/i.test(message)) return 'Free the load balancer: it belongs to another link or service.'
  if (/active state/i.test(message)) return 'Run setup again once the load balancer is active.'
  if (isDenial(message)) return 'Grant the role what docs/roles.md lists for the gateway account.'
  return undefined
}
