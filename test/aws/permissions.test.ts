import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { assert, nat, property, stringMatching } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccountScope, Permissions } from '../../src/aws/permissions/permission.ts'
import { describe as describing, permission } from '../../src/aws/permissions/permission.ts'
import { policiesFor, purposes } from '../../src/aws/permissions/policies.ts'
import { ec2 } from '../../src/aws/permissions/resources.ts'
import { identityFor, namePrefix } from '../../src/aws/tags.ts'
import { compose, type Config } from '../../src/flows/config.ts'
import { permissionsOf } from '../../src/flows/permissions.ts'
import { stepById } from '../../src/steps/steps.ts'
import { exampleConfig } from '../support/example.ts'

const printed = (config: Config, name: string) => {
  const found = permissionsOf(config, compose(config), {}).find(({ account }) => account.split(', ').includes(name))
  if (found === undefined) throw new Error(`nothing is printed for ${name}`)
  return found
}

const statements = (config: Config, name: string, purpose: (typeof purposes)[number]) =>
  (printed(config, name).policies[purpose] ?? []).flatMap(({ Statement }) => Statement)

const scope: AccountScope = {
  partition: 'aws',
  region: 'us-east-1',
  id: '111122223333',
  deployment: 'shop',
  namePrefix: 'shop-',
  vpcIds: Array.from({ length: 80 }, (_, index) => `vpc-${index}`),
  subnetIds: Array.from({ length: 60 }, (_, index) => `subnet-${index}`),
  serviceNames: ['com.amazonaws.us-east-1.execute-api'],
  producerApiIds: ['a1b2c3d4e5'],
  recordNames: ['payments.example.internal'],
  functionArns: ['arn:aws:lambda:us-east-1:111122223333:function:reports'],
  storedObjects: ['bucket/authorities.pem'],
}

describe.each([...stepById])('%s', (_, step) => {
  it('narrows every permission to resources of its service, or by a condition', () => {
    const parts: (keyof Permissions)[] = ['read', 'create', 'update', 'delete', 'check']
    for (const { sid, actions, resources, condition } of parts.flatMap((part) => step.permissions[part] ?? [])) {
      expect(sid).toMatch(/^[A-Z][A-Za-z]+$/)
      const services = actions.map((action) => action.split(':')[0])
      const arns = resources(scope)
      if (arns.includes('*')) expect([...services, condition === undefined]).not.toContain(isNarrowable(actions))
      else expect([...new Set(arns.map((arn) => arn.split(':')[2]))]).toEqual([...new Set(services)])
    }
  })
})

/** Lists of zones have neither resource types nor condition keys (Service Authorization Reference, Route 53). */
const isNarrowable = (actions: readonly string[]): boolean => !actions.includes('route53:ListHostedZonesByName')

it('a step spares only actions that it has', () => {
  const folder = resolve(import.meta.dirname, '../../src/steps')
  const texts = readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(resolve(folder, file), 'utf8'))
  const sparing = texts.filter((text) => text.includes('  unneeded: '))
  expect(sparing.length).toBeGreaterThan(5)
  for (const text of sparing) {
    const [before = '', rest = ''] = text.split('  unneeded: ')
    const spared = rest.split('\n  patience')[0]?.match(/'[a-z0-9]+:[A-Za-z]+'/g) ?? []
    expect(spared).not.toEqual([])
    expect(spared.filter((action) => !before.includes(action))).toEqual([])
  }
})

it('a permission with a mistyped service, step or part does not compile', () => {
  // @ts-expect-error EC2 has no such spelling in IAM.
  describing('ec:DescribeVpcs')
  // @ts-expect-error A step is named by its object, not by a text.
  permission('UseGroups', ['ec2:CreateVpcEndpoint'], ec2('security-group/*'), undefined, () => ['security-groop'])
  // @ts-expect-error A step is one that has permissions of its own.
  permission('UseGroups', ['ec2:CreateVpcEndpoint'], ec2('security-group/*'), undefined, () => [
    { id: 'security-groop' },
  ])
  // @ts-expect-error A permission has resources.
  permission('UseGroups', ['ec2:CreateVpcEndpoint'])
  // @ts-expect-error The parts of a step are read, create, update, delete and check.
  const permissions: Permissions = { look: [] }
  expect(permissions).toBeDefined()
})

describe('policies', () => {
  it('are split where IAM would find them too long, with nothing lost', () => {
    const required = [...stepById.values()].map((step) => ({ step, inputs: {}, scope }))
    for (const purpose of purposes) {
      const documents = policiesFor(purpose, required)
      for (const document of documents) expect(JSON.stringify(document).length).toBeLessThanOrEqual(6144)
      const sids = documents.flatMap(({ Statement }) => Statement.map(({ Sid }) => Sid))
      expect(new Set(sids).size).toBe(sids.length)
      for (const sid of sids) expect(sid).toMatch(/^[A-Za-z0-9]+$/)
    }
    expect(policiesFor('setup', required).length).toBeGreaterThan(1)
  })

  it('of verify only read, but for the test call; those of teardown make nothing', () => {
    for (const name of ['gateway', 'application', 'consumer', 'stranger']) {
      const writes = statements(exampleConfig(), name, 'verify').filter(({ Action }) =>
        Action.some((action) => !/:(Describe|GET)/.test(action)),
      )
      expect(writes.map(({ Sid }) => Sid)).toEqual(name === 'gateway' ? ['TestCallsByControlPlane'] : [])
      const makes = statements(exampleConfig(), name, 'teardown').flatMap(({ Action }) => Action)
      expect(makes.filter((action) => /:(Create|Add|Authorize|Register|POST|PUT|PATCH)/.test(action))).toEqual([])
    }
  })

  it('of setup delete nothing but our old deployments, rules and targets', () => {
    const deletes = statements(exampleConfig(), 'gateway', 'setup').flatMap(({ Sid, Action }) =>
      Action.filter((action) => /:(Delete|DELETE)/.test(action)).map((action) => `${Sid} ${action}`),
    )
    expect(deletes).toEqual(['Prune apigateway:DELETE'])
  })

  it('name what the config adopts, which carries no tag of ours, and only where something is done within it', () => {
    const config = exampleConfig()
    config.adopt['orders/service'] = 'vpce-svc-0a1b2c3d4e5f60718'
    const adopted = statements(config, 'application', 'setup').filter(({ Sid }) => Sid.endsWith('Adopted'))
    expect(adopted).toEqual([
      {
        Sid: 'OwnServiceUsersAdopted',
        Effect: 'Allow',
        Action: ['ec2:AcceptVpcEndpointConnections', 'ec2:ModifyVpcEndpointServicePermissions'],
        Resource: ['arn:aws:ec2:us-east-1:014770000000:vpc-endpoint-service/vpce-svc-0a1b2c3d4e5f60718'],
      },
    ])
    const all = purposes.flatMap((purpose) => statements(config, 'application', purpose))
    expect(all.flatMap(({ Action }) => Action)).not.toContain('ec2:DeleteVpcEndpointServiceConfigurations')
  })

  it('keep the Regions of an account apart, and its partition', () => {
    const config = exampleConfig(({ networks, integrations }) => {
      delete integrations['orders']
      for (const network of Object.values(networks)) Object.assign(network, { region: 'eu-west-1' })
    })
    const made = statements(config, 'consumer', 'setup').filter(({ Sid }) => Sid.startsWith('MakeEndpoints'))
    expect(made.flatMap(({ Resource }) => Resource)).toEqual(['arn:aws:ec2:eu-west-1:555550000000:vpc-endpoint/*'])
    expect(made[0]?.Condition?.['StringLike']).toEqual({
      'ec2:VpceServiceName': ['com.amazonaws.eu-west-1.execute-api'],
    })
  })

  it('are one for accounts that share a role', () => {
    const config = exampleConfig()
    const gateway = config.accounts['gateway']
    if (gateway) config.accounts['stranger'] = gateway
    expect(printed(config, 'stranger').account).toBe('gateway, stranger')
  })

  it('trust whoever is named, with the external id of the config', () => {
    const config = exampleConfig()
    const principal = 'arn:aws:iam::999990000000:role/pipeline'
    const [gateway, application] = permissionsOf(config, compose(config), { principal, wanted: ['verify'] })
    expect(gateway?.trustPolicy).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: principal },
          Action: 'sts:AssumeRole',
          Condition: { StringEquals: { 'sts:ExternalId': 'acme' } },
        },
      ],
    })
    expect(application?.trustPolicy).not.toHaveProperty('Statement.0.Condition')
    expect(Object.keys(gateway?.policies ?? {})).toEqual(['verify'])
  })
})

it('every name of a deployment begins with its prefix', () => {
  const deployment = stringMatching(/^[a-z][a-z0-9-]{0,28}[a-z0-9]$/)
  const node = stringMatching(/^[a-z0-9@-]{1,20}\/[a-z0-9/-]{1,30}$/)
  assert(
    property(deployment, node, nat(99), (name, key, generation) => {
      expect(identityFor(name, key, generation).name.startsWith(namePrefix(name))).toBe(true)
    }),
    {
      numRuns: 500,
      examples: [
        ['internal', 'a/b', 0],
        ['a--b', 'a/b', 3],
        ['abcdefghijklmnopqr-stuvwxyz', 'a/b', 99],
      ],
    },
  )
  expect(namePrefix('acme-apis')).toBe('acme-apis-')
})
