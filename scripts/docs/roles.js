import { allActions } from '../../dist/engine/step.js'
import { compose, configSchema } from '../../dist/flows/config.js'

/** Who is who in an integration. Every account is another, so that each action shows where it is needed. */
const accounts = ['gateway', 'application', 'producer', 'consumer', 'foreign']
const services = {
  apigateway: 'API Gateway',
  ec2: 'EC2',
  ecs: 'ECS',
  elasticloadbalancing: 'ELB',
  iam: 'IAM',
  lambda: 'Lambda',
  logs: 'CloudWatch Logs',
  route53: 'Route 53',
  s3: 'S3',
  secretsmanager: 'Secrets Manager',
}

const common = {
  gateway: { network: 'gateway' },
  api: { stage: 'test' },
  access: { networks: ['consumer'], foreign: 'foreign' },
}
const reached = { account: 'producer', id: 'a1b2c3d4e5', stage: 'prod' }
const proxy = {
  flow: 'mtls-proxy',
  producer: { network: 'gateway' },
  api: reached,
  access: { networks: ['consumer'], foreign: 'foreign' },
}
const name = 'payments.example.com'
const secret = (kind) => `arn:aws:secretsmanager:us-east-1:000000000000:secret:${kind}-a1b2c3`
const flows = [
  {
    flow: 'application-account',
    application: { account: 'application', loadBalancerName: 'orders', port: 80 },
    ...common,
  },
  { flow: 'other-network', targets: [{ name: 'warehouse.example.net', port: 80 }], ...common },
  {
    flow: 'regional-front-door',
    gateway: { network: 'gateway' },
    api: {
      stage: 'live',
      accessLogs: { logGroupArn: 'arn:aws:logs:us-east-1:000000000000:log-group:front-door' },
      throttling: { rate: 100, burst: 200 },
    },
    routes: [{ prefix: 'orders', api: reached }],
    access: { foreign: 'foreign' },
  },
  { flow: 'lambda-consumer', consumer: { network: 'consumer' }, api: reached, access: { foreign: 'foreign' } },
  {
    ...proxy,
    tls: { name, certificate: secret('certificate'), key: secret('key'), clientCa: secret('ca') },
    nginx: { image: '000000000000.dkr.ecr.us-east-1.amazonaws.com/nginx:1.29', endpoints: 'make' },
    names: 'hosted-zone',
  },
  {
    ...proxy,
    proxy: 'alb',
    tls: {
      name,
      certificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9',
      clientCa: { bucket: 'trust', key: 'clients.pem' },
      crl: { bucket: 'trust', key: 'clients.crl' },
    },
    names: 'private-dns',
  },
]

const configFor = (integration) =>
  configSchema.parse({
    deployment: 'roles',
    region: 'us-east-1',
    accounts: Object.fromEntries(accounts.map((name, index) => [name, { id: String(index).repeat(12) }])),
    networks: Object.fromEntries(
      accounts.map((account, index) => {
        const id = String(index).repeat(17)
        const subnetIds = [`subnet-${id}`, `subnet-${id.replace(/^./, 'a')}`]
        return [account, { account, vpcId: `vpc-${id}`, subnetIds }]
      }),
    ),
    integrations: { it: integration },
  })

/** The actions of an integration's steps, by account. */
function actionsOf(integration) {
  const byAccount = new Map(accounts.map((account) => [account, new Set()]))
  for (const { account, step } of compose(configFor(integration)).values()) {
    for (const action of allActions(step.actions)) byAccount.get(account).add(action)
  }
  return byAccount
}

const titleOf = ({ flow, proxy: kind }) => (kind === undefined ? flow : `${flow} with proxy: ${kind}`)

/** One table for each flow: account, service, actions. */
export const permissionTables = () =>
  flows
    .map((integration) => {
      const rows = [...actionsOf(integration)].flatMap(([account, actions]) =>
        Object.entries(services).flatMap(([prefix, service]) => {
          const names = [...actions].filter((action) => action.startsWith(`${prefix}:`)).sort()
          if (names.length === 0) return []
          const cells = [account, service, names.map((name) => `\`${name.slice(prefix.length + 1)}\``).join(' ')]
          return [`| ${cells.join(' | ')} |`]
        }),
      )
      return `### ${titleOf(integration)}\n\n| account | service | actions |\n| --- | --- | --- |\n${rows.join('\n')}\n`
    })
    .join('\n')

/** For each account, the IAM policy that is enough for every flow. */
export function rolePolicies() {
  const all = flows.map(actionsOf)
  return accounts
    .map((account) => {
      const Action = [...new Set(all.flatMap((byAccount) => [...byAccount.get(account)]))].sort()
      const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] }
      const json = JSON.stringify(policy, null, 2)
      return `<details>\n<summary>${account}</summary>\n\n\`\`\`json\n${json}\n\`\`\`\n\n</details>\n`
    })
    .join('\n')
}
