import { fromSource } from '../from-source.js'

const { allActions, compose, configSchema, flows, stepById } = await fromSource(
  'src/aws/permissions/permission.ts',
  'src/flows/config.ts',
  'src/flows/flows.ts',
  'src/steps/steps.ts',
)

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

/** Integrations of all flows, by their titles. */
const examples = Object.assign({}, ...flows.map(({ settings }) => settings.examples))

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
    for (const action of allActions(stepById.get(step.id).permissions)) byAccount.get(account).add(action)
  }
  return byAccount
}

/** One table for each flow: account, service, actions. */
export const permissionTables = () =>
  Object.entries(examples)
    .map(([title, integration]) => {
      const rows = [...actionsOf(integration)].flatMap(([account, actions]) =>
        Object.entries(services).flatMap(([prefix, service]) => {
          const names = [...actions].filter((action) => action.startsWith(`${prefix}:`)).sort()
          if (names.length === 0) return []
          const cells = [account, service, names.map((name) => `\`${name.slice(prefix.length + 1)}\``).join(' ')]
          return [`| ${cells.join(' | ')} |`]
        }),
      )
      return `### ${title}\n\n| account | service | actions |\n| --- | --- | --- |\n${rows.join('\n')}\n`
    })
    .join('\n')

/** For each account, the IAM policy that is enough for every flow. */
export function rolePolicies() {
  const all = Object.values(examples).map(actionsOf)
  return accounts
    .map((account) => {
      const Action = [...new Set(all.flatMap((byAccount) => [...byAccount.get(account)]))].sort()
      const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] }
      const json = JSON.stringify(policy, null, 2)
      return `<details>\n<summary>${account}</summary>\n\n\`\`\`json\n${json}\n\`\`\`\n\n</details>\n`
    })
    .join('\n')
}
