import { describe, expect, it } from 'vitest'
import { tagKeys } from '../../src/aws/tags.ts'
import { imageSource } from '../../src/steps/image-source.ts'
import type { WantedEndpoints } from '../../src/steps/shared/service-endpoints.ts'
import { identity, scriptedAccount, sight } from './scripted-account.ts'

const privateImage = '842340000000.dkr.ecr.us-east-1.amazonaws.com/nginx:1.29'
const publicImage = 'public.ecr.aws/nginx/nginx:1.29-alpine'
const [one, two] = ['subnet-0a', 'subnet-0b']

const nat = { DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-0a', State: 'active' }
const igw = { DestinationCidrBlock: '0.0.0.0/0', GatewayId: 'igw-0a', State: 'active' }

const tables = (first: object[], second: object[]) => [
  { RouteTableId: 'rtb-1', Associations: [{ SubnetId: one }], Routes: first },
  { RouteTableId: 'rtb-main', Associations: [{ Main: true }], Routes: second },
]

const endpoint = (id: string, service: string, more: object = {}) => ({
  VpcEndpointId: id,
  VpcId: 'vpc-0a',
  ServiceName: `com.amazonaws.us-east-1.${service}`,
  VpcEndpointType: service === 's3' ? 'Gateway' : 'Interface',
  State: 'available',
  PrivateDnsEnabled: service !== 's3',
  RouteTableIds: service === 's3' ? ['rtb-1', 'rtb-main'] : [],
  ...more,
})

const everything = ['ecr.api', 'ecr.dkr', 'logs', 'secretsmanager', 's3'].map((service) =>
  endpoint(`vpce-${service}`, service),
)

/** What the gate sees in a VPC with these routes and endpoints. */
function look(
  { routes = [[], []] as [object[], object[]], there = [] as object[], dns = true } = {},
  { image = privateImage, endpoints = 'none' as WantedEndpoints } = {},
) {
  const attribute = { EnableDnsSupport: { Value: dns }, EnableDnsHostnames: { Value: dns } }
  const { aws } = scriptedAccount(
    { DescribeVpcAttribute: attribute },
    { routeTables: () => Promise.resolve(tables(...routes)), endpoints: () => Promise.resolve(there) },
  )
  return imageSource.read(sight(aws, { vpcId: 'vpc-0a', subnetIds: [one, two], image, endpoints }))
}

describe('the way to the image', () => {
  it('is open to any image where every subnet has a route to the internet', async () => {
    const seen = await look({ routes: [[nat], [nat]] }, { image: publicImage })
    expect(seen).toMatchObject({ state: 'ready', facts: { image: publicImage, needsPublicAddress: false } })
    expect(await look({ routes: [[nat], [igw]] }, { image: publicImage })).toMatchObject({
      facts: { needsPublicAddress: true },
    })
  })

  it('is shut to a public image where a subnet has none, and says where and what to do', async () => {
    const blackhole = { ...nat, State: 'blackhole' }
    await expect(look({ routes: [[nat], [blackhole]] }, { image: publicImage })).rejects.toMatchObject({
      code: 'ImageUnreachable',
      exit: 2,
      message: `${publicImage} cannot be pulled: it is not in a private ECR, and ${two} of vpc-0a have no route to the internet`,
      hint: expect.stringMatching(
        /842340000000\.dkr\.ecr\.us-east-1\.amazonaws\.com\/NAME:TAG with nginx\.endpoints: make/,
      ),
    })
    const elsewhere = privateImage.replace('us-east-1', 'eu-west-1')
    await expect(look({}, { image: elsewhere, endpoints: 'make' })).rejects.toMatchObject({
      code: 'ImageUnreachable',
      message: expect.stringContaining('it is in eu-west-1, not in us-east-1'),
    })
  })

  it('asks for all five endpoints where there is no other way', async () => {
    await expect(look()).rejects.toMatchObject({
      code: 'EndpointsUnusable',
      message: expect.stringMatching(
        /no endpoint of com.amazonaws.us-east-1.ecr.api;.*dkr;.*logs;.*secretsmanager;.*s3;/,
      ),
      hint: expect.stringContaining('nginx.endpoints: make'),
    })
    expect(await look({ there: everything })).toMatchObject({ state: 'ready' })
  })

  it('sees through endpoints that nothing finds, are of another service or leave a subnet out', async () => {
    const [api, dkr, logs, secrets, s3] = everything
    const without = { ...dkr, PrivateDnsEnabled: false }
    await expect(look({ there: [api, without, logs, secrets, s3] as object[] })).rejects.toThrow(
      /vpce-ecr.dkr has no private DNS/,
    )
    const partly = { ...s3, RouteTableIds: ['rtb-1'] }
    await expect(look({ there: [api, dkr, logs, secrets, partly] as object[] })).rejects.toThrow(
      `vpce-s3 is not in the route tables of ${two}`,
    )
    const other = endpoint('vpce-more', 's3', { RouteTableIds: ['rtb-main'] })
    expect(await look({ there: [api, dkr, logs, secrets, partly, other] as object[] })).toMatchObject({
      state: 'ready',
    })
    // The subnet that is left out has a route of its own.
    const routes: [object[], object[]] = [[], [nat]]
    expect(await look({ routes, there: [api, dkr, logs, secrets, partly] as object[] })).toMatchObject({
      state: 'ready',
    })
  })

  it('holds named endpoints to their service, VPC and state, and waits for one that comes up', async () => {
    const named = (id: string) => ({ endpoints: { logs: id } })
    await expect(look({ there: everything.slice(2, 3) }, named('vpce-none'))).rejects.toThrow(
      'vpce-none is not in vpc-0a',
    )
    await expect(look({ there: [endpoint('vpce-x', 'sqs')] }, named('vpce-x'))).rejects.toThrow(
      'vpce-x is an endpoint of com.amazonaws.us-east-1.sqs, not of com.amazonaws.us-east-1.logs',
    )
    const coming = endpoint('vpce-x', 'logs', { State: 'pending' })
    expect(await look({ there: [coming] }, named('vpce-x'))).toMatchObject({
      state: 'pending',
      why: 'vpce-x is pending',
    })
  })

  it("refuses to make what would collide with another's, and says how to name it", async () => {
    const there = [everything[2], everything[4]] as object[]
    await expect(look({ there }, { endpoints: 'make' })).rejects.toMatchObject({
      code: 'EndpointsThere',
      exit: 2,
      hint: 'Name them: nginx.endpoints: { logs: vpce-logs, s3: vpce-s3 }; the others are made.',
    })
    expect(await look({ there }, { endpoints: { logs: 'vpce-logs', s3: 'vpce-s3' } })).toMatchObject({ state: 'ready' })
    const ours = there.map((row) => ({ ...row, Tags: [{ Key: tagKeys.deployment, Value: identity.deployment }] }))
    expect(await look({ there: ours }, { endpoints: 'make' })).toMatchObject({ state: 'ready' })
  })

  it('refuses to make endpoints where nobody could find them', async () => {
    await expect(look({ dns: false }, { endpoints: 'make' })).rejects.toMatchObject({
      code: 'PrivateDnsImpossible',
      exit: 2,
    })
    expect(await look({ dns: false, routes: [[nat], [nat]] })).toMatchObject({ state: 'ready' })
  })
})
