import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setup } from '../src/engine/setup.ts'
import { allActions } from '../src/aws/permissions/permission.ts'
import { compose, type Config } from '../src/flows/config.ts'
import { stepById } from '../src/steps/steps.ts'
import { complaints } from './support/deployment.ts'
import { exampleConfig } from './support/example.ts'
import { guardApplications } from './support/guard-applications.ts'
import { actionsOf } from './support/iam-actions.ts'
import { inNeedOrder, openWorkspace, type Workspace, type StepNode } from './support/law-workspace.ts'
import { guardedFrontDoor } from './support/front-door.ts'
import { functionArn, lambdaConfig, lambdaConfigWith } from './support/lambda-consumer.ts'
import * as laws from './support/laws.ts'
import { makeCertificates } from './support/certificates.ts'
import { albConfig, mtlsConfig, proxyName } from './support/mtls.ts'
import { outsideChanges } from './support/outside-changes.ts'
import { namesGraph, proveDomains } from './support/proxy-names.ts'
import { has } from './support/programs.ts'
import { secretFile, storesGraph } from './support/stores-graph.ts'
import { tasksGraph } from './support/tasks-graph.ts'

const hasNginx = has('nginx', '-v')
const certificates = has('openssl', 'version') ? makeCertificates(proxyName) : undefined
const key = secretFile('-----BEGIN PRIVATE KEY-----')
afterAll(key.remove)

const document = {
  openapi: '3.0.1',
  info: { title: 'Orders', version: '2' },
  paths: { '/': { get: { responses: {} } }, '/orders/{id}': { get: { responses: {} }, put: { responses: {} } } },
}

/** Between them, every step and every way to write it into a walk. */
const configs: Record<string, () => Config> = {
  'both flows': () => exampleConfig(),
  'a shared load balancer': () =>
    exampleConfig(({ integrations }) => {
      for (const [name, settings] of Object.entries(integrations)) {
        integrations[name] = { ...settings, loadBalancer: 'shared' }
      }
    }),
  'a front door': () => guardedFrontDoor(),
  'a function': () => lambdaConfigWith({ function: { authorization: 'iam' } }),
  'a function and an endpoint that are there already': () =>
    lambdaConfig(({ integrations, networks }) => {
      integrations['reports'] = { ...integrations['reports'], function: { arn: functionArn, payload: {} } }
      networks['shop'] = { ...networks['shop'], executeApi: { endpointId: 'vpce-0416bbea8fb2bd63a' } }
    }),
  // Its tasks run by the NGINX of this machine.
  ...(certificates && hasNginx && { 'a proxy with mutual TLS': () => mtlsConfig(certificates) }),
  ...(certificates && { 'a proxy on a load balancer': () => albConfig(certificates) }),
  'a document, targets by name and an endpoint that is there already': () =>
    exampleConfig(({ integrations, networks }) => {
      const { orders, warehouse } = integrations
      integrations['orders'] = { ...orders, api: { stage: 'test', openapi: document } }
      integrations['warehouse'] = { ...warehouse, targets: [{ name: 'erp.corp.example', port: 8080 }] }
      networks['shop'] = { ...networks['shop'], executeApi: { endpointId: 'vpce-0416bbea8fb2bd63a' } }
    }),
}

/** Walks that no config writes down by itself. */
const graphs: Record<string, typeof compose> = {
  'the names of a proxy': namesGraph,
  // Tasks run by the NGINX of this machine.
  'the tasks of a proxy and what they need': (config) => (hasNginx ? tasksGraph : storesGraph)(config, key.file),
}

/** What a role needs although no call is made with it: by step, with the reason. */
const unused: Record<string, Record<string, string>> = {
  'interface-endpoint': {
    'route53:AssociateVPCWithHostedZone': 'EC2 asks for it when a private DNS name is switched on',
  },
  'hosted-zone': { 'ec2:DescribeVpcs': 'Route 53 asks for it where a VPC is named' },
  'name-room': { 'ec2:DescribeVpcs': 'Route 53 asks for it where a VPC is named' },
  'endpoint-private-dns': {
    'route53:AssociateVPCWithHostedZone': 'EC2 asks for it when a private DNS name is switched on',
  },
  'ecs-cluster': { 'iam:CreateServiceLinkedRole': "ECS asks for it with an account's first cluster" },
  'lambda-function': {
    'lambda:ListTags': 'Lambda tells tags with a function to who may list them',
    ...Object.fromEntries(
      ['ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'].map((action) => [
        action,
        'Lambda asks for it where a function is put into a VPC',
      ]),
    ),
  },
  'load-balancer': { 'iam:CreateServiceLinkedRole': "ELB asks for it with an account's first load balancer" },
  'proxy-load-balancer': { 'iam:CreateServiceLinkedRole': "ELB asks for it with an account's first load balancer" },
  'trust-store': {
    's3:GetObject': 'ELB reads the bundle with the permissions of whoever makes the trust store',
    's3:GetObjectVersion': 'the same, where the config names a version',
  },
  'vpc-link': Object.fromEntries(
    [
      'ec2:CreateVpcEndpointServiceConfiguration',
      'ec2:DeleteVpcEndpointServiceConfigurations',
      'ec2:DescribeVpcEndpointServiceConfigurations',
      'ec2:ModifyVpcEndpointServicePermissions',
      'elasticloadbalancing:DescribeLoadBalancers',
    ].map((action) => [action, 'API Gateway does it with the permissions of whoever makes the link']),
  ),
}

/** Fields that are left as they are where the walk says nothing of them. */
const unsaid: Readonly<Record<string, readonly string[]>> = {
  'interface-endpoint': ['privateDns'],
  'target-group': ['targets'],
}

/** Actions that calls were made with, by step, over all configs. */
const used = new Map<string, Set<string>>()

const titled = (nodes: readonly StepNode[]): [string, StepNode][] =>
  nodes.map((node) => [`${node.key} (${node.step.id})`, node])

/** Theirs is the thing, ours the id of an endpoint that we made: no mark tells, and nobody else's can be taken for it. */
const knownByItsEndpoint = ['policy-entry']

const ofOthers: [string, laws.Law][] = [
  ["is not touched when it is another's", laws.notTouchedWhenAnothers],
  ['is adopted as it is when the config names it, and outlives us', laws.adoptedWhenNamed],
]

/** An endpoint that is there already may have been let in by others: without a ledger, nobody can tell. */
const mayHaveBeenThere = ({ step, inputs }: StepNode): boolean => step.id === 'policy-entry' && inputs['own'] === false

const withoutALedger: [string, laws.Law][] = [
  ['is found, not made again, when the ledger was lost', laws.foundWithoutALedger],
]

/** What is true of a node in its turn, in this order. */
const lawsFor = (node: StepNode): [string, laws.Law][] => {
  const gates: [string, laws.Law][] = [
    ['is ready without drift once ensured, with facts that survive JSON and its own schema', laws.readyOnceEnsured],
    ['is left as it is, and so is the ledger, when it is ensured twice', laws.leftAloneWhenEnsuredTwice],
  ]
  if (laws.isGate(node)) return gates
  const adopted: typeof gates = [
    ...gates,
    ['is found by what the ledger knows, without its inputs', laws.foundByTheLedgerAlone],
  ]
  if (!laws.isMade(node)) return adopted
  return [
    ['is absent before it is made, although all that it needs is there', laws.absentBeforeItIsMade],
    ...adopted,
    ['is found, not made again, after a death before the ledger knew of it', laws.foundAfterADeath],
    ...(mayHaveBeenThere(node) ? [] : withoutALedger),
    ...restorations(node, 'unused'),
    ...(knownByItsEndpoint.includes(node.step.id) ? [] : ofOthers),
  ]
}

const restorations = ({ step, inputs }: StepNode, when: 'in use' | 'unused'): [string, laws.Law][] =>
  (outsideChanges[step.id] ?? [])
    .filter(
      (outsideChange) =>
        (outsideChange.unused === true) === (when === 'unused') && outsideChange.except?.(inputs) !== true,
    )
    .filter(({ field }) => ![...(unsaid[step.id] ?? [])].some((name) => field.test(name) && !(name in inputs)))
    .map((outsideChange) => [
      `is brought back when somebody ${outsideChange.does}`,
      (workspace, node) => laws.broughtBack(workspace, node, outsideChange),
    ])

const all: [string, () => Config, typeof compose][] = [
  ...Object.entries(configs).map(([name, config]): (typeof all)[number] => [name, config, compose]),
  ...Object.entries(graphs).map(([name, graph]): (typeof all)[number] => [name, exampleConfig, graph]),
]

describe.each(all)('with %s', (_, config, graphOf) => {
  const nodes = inNeedOrder(graphOf(config()))
  const made = nodes.filter(laws.isMade)
  const reversed = made.toReversed()
  let workspace: Workspace
  let empty: string[]
  beforeAll(async () => {
    workspace = await openWorkspace(config(), graphOf(config()))
    await guardApplications(workspace.sandbox)
    proveDomains(workspace.sandbox)
    empty = workspace.inventory()
  })

  describe.each(titled(nodes))('in the beginning: %s', (_title, node) => {
    it('is not there, and looking changes nothing', () => laws.absentInTheBeginning(workspace, node))
  })

  describe.each(titled(nodes))('%s', (_title, node) => {
    it.each(lawsFor(node))('%s', (_sentence, law) => law(workspace, node))
  })

  // Those that need it come before it: what they are made of has not been touched yet.
  describe.each(titled(reversed))('when all is there: %s', (_title, node) => {
    it.each(restorations(node, 'in use'))('%s', (_sentence, law) => law(workspace, node))
    it('can be meddled with wherever it can be mended', () => {
      expect(node.step.update !== undefined).toBe(node.step.id in outsideChanges)
    })
  })

  it('one more setup brings all in line again, with proof', async () => {
    expect(await setup(workspace.run, workspace.graph, {}), complaints(workspace.events).join('\n')).toMatchObject({
      exit: 0,
    })
    for (const node of nodes) expect((await workspace.ensure(node)).changes, node.key).toEqual([])
  })

  describe.each(titled(nodes))('in the end: %s', (_title, node) => {
    it('stands its check from every vantage, which changes nothing', () => laws.standsItsCheck(workspace, node))
  })

  describe.each(titled(reversed))('removal of %s', (_title, node) => {
    it('is quiet when repeated', () => laws.removedQuietlyTwice(workspace, node))
  })

  it('leaves the world as it was, and in the ledger only what was adopted', () => {
    const left = workspace.ledger.entries().map(({ key, origin }) => `${key} ${origin}`)
    expect(left).toEqual(nodes.filter(({ adopt }) => adopt !== undefined).map(({ key }) => `${key} adopted`))
    expect(workspace.inventory()).toEqual(empty)
  })

  describe.each(titled(nodes))('every call for %s', (_title, node) => {
    it('needs no action that the step does not declare', () => {
      const needed = workspace.callsOf(node).flatMap(actionsOf)
      used.set(node.step.id, new Set([...(used.get(node.step.id) ?? []), ...needed]))
      const declared: readonly string[] = allActions(stepById.get(node.step.id)?.permissions ?? { read: [] })
      expect(needed.filter((action) => !declared.includes(action))).toEqual([])
    })
    it('goes to its own account and Region', () => laws.keptToItsOwnPlace(workspace, node))
  })
})

/** Steps that only a proxy has, which NGINX has to run for. */
const ofProxies = ['certificate-dates', 'ecs-cluster', 'ecs-service', 'mtls-call', 'task-definition']

describe.each([...stepById])('%s', (id, step) => {
  it.skipIf(certificates === undefined && ofProxies.includes(id))(
    'is under the laws, and declares no action that nothing needs',
    () => {
      const needed = used.get(id)
      const advice = `Add a config with a "${id}" to \`configs\`, or a graph to \`graphs\`, in test/laws.test.ts.`
      expect(needed, `No config of the laws uses the step "${id}". ${advice}`).toBeDefined()
      const idle = allActions(step.permissions).filter((action) => needed?.has(action) === false)
      expect(idle.toSorted()).toEqual(Object.keys(unused[id] ?? {}).toSorted())
    },
  )
})
