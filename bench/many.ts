import { configSchema, type Config } from '../src/flows/config.ts'

/**
 * A config of `count` integrations, both flows in turn, on one load balancer and one VPC link: what an API platform looks
 * like under AWS's default quotas.
 */
export function manyIntegrations(count: number): Config {
  const names = Array.from({ length: count }, (_, index) => `api-${String(index + 1).padStart(2, '0')}`)
  const common = {
    gateway: { network: 'hub' },
    api: { stage: 'live' },
    access: { networks: ['shop'], foreign: 'elsewhere' },
    loadBalancer: 'shared',
  }
  const balancer = (index: number) =>
    `arn:aws:elasticloadbalancing:us-east-1:014770000000:loadbalancer/net/app-${index}/50dc6c495c0c${String(1000 + index)}`
  return configSchema.parse({
    deployment: 'bench',
    region: 'us-east-1',
    accounts: {
      gateway: { id: '842340000000', roleArn: 'arn:aws:iam::842340000000:role/privlink' },
      application: { id: '014770000000', roleArn: 'arn:aws:iam::014770000000:role/privlink' },
      consumer: { id: '555550000000', roleArn: 'arn:aws:iam::555550000000:role/privlink' },
      stranger: { id: '666660000000', roleArn: 'arn:aws:iam::666660000000:role/privlink' },
    },
    networks: {
      hub: {
        account: 'gateway',
        vpcId: 'vpc-0a1b2c3d4e5f60718',
        subnetIds: ['subnet-0aa11111111111111', 'subnet-0bb22222222222222'],
      },
      shop: { account: 'consumer', vpcId: 'vpc-0c1d2e3f405162738', subnetIds: ['subnet-0cc33333333333333'] },
      elsewhere: { account: 'stranger', vpcId: 'vpc-0e1f2031425364758', subnetIds: ['subnet-0ee55555555555555'] },
    },
    integrations: Object.fromEntries(
      names.map((name, index) => [
        name,
        index % 2 === 0
          ? {
              flow: 'application-account',
              application: { account: 'application', loadBalancerArn: balancer(index), port: 80 },
              ...common,
            }
          : { flow: 'other-network', targets: [{ ip: `172.31.12.${index + 10}`, port: 80 }], ...common },
      ]),
    ),
  })
}
