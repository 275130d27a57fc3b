import { CreateVpcLinkCommand, GetVpcLinkCommand } from '@aws-sdk/client-api-gateway'

import { rehearse } from './sandbox.ts'

export const account = '842340001234'
export const region = 'us-east-1'
export const hubEndpoint = 'vpce-0aaaaaaaaaaaaaaaa'
export const otherEndpoint = 'vpce-0bbbbbbbbbbbbbbbb'

export const loadBalancerArn = (n = 1): string =>
  `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/net/hub-${n}/${String(n).padStart(16, '0')}`

/** Lets in who comes by the hub's endpoint, and shuts out all others explicitly. */
export const hubOnly = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' },
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 'execute-api:Invoke',
      Resource: ['execute-api:/*'],
      Condition: { StringNotEquals: { 'aws:SourceVpce': [hubEndpoint] } },
    },
  ],
})

/** An account with a VPC, two load balancers before one backend at port 80, and the gateway's API in its own words. */
export async function rehearseGateway() {
  const vpcId = 'vpc-0123456789abcdef0'
  const subnetId = 'subnet-0123456789abcdef0'
  const balancer = (n: number) => ({
    account,
    region,
    arn: loadBalancerArn(n),
    vpcId,
    subnetIds: [subnetId],
    listeners: [{ port: 80, targets: [{ ip: '10.0.0.50', port: 8080 }] }],
  })
  const { sandbox, clients, clock } = await rehearse({
    seed: {
      accounts: [{ id: account }],
      vpcs: [{ account, region, vpcId, cidr: '10.0.0.0/16', subnets: [{ subnetId, cidr: '10.0.0.0/24' }] }],
      loadBalancers: [balancer(1), balancer(2)],
      hosts: [{ vpcId, ip: '10.0.0.50', port: 8080 }],
    },
  })
  const { apigateway } = clients(account)
  const send = apigateway.send.bind(apigateway)
  /** A link that works. */
  const makeLink = async (n = 1): Promise<string> => {
    const { id = '' } = await send(new CreateVpcLinkCommand({ name: `link-${n}`, targetArns: [loadBalancerArn(n)] }))
    while ((await send(new GetVpcLinkCommand({ vpcLinkId: id }))).status === 'PENDING') {
      await clock.sleep(10_000)
    }
    return id
  }
  return { sandbox, clients, clock, apigateway, send, vpcId, makeLink }
}

export type Gateway = Awaited<ReturnType<typeof rehearseGateway>>
