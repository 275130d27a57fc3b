// Derives the IAM policies of each account's role from the graph of a config.
import { type Deed, policiesFor, type PolicyDocument, type Purpose, purposes } from '../aws/iam-policy.ts'
import type { IamPlace } from '../aws/iam-scopes/scope.ts'
import { namePrefix } from '../aws/tags.ts'
import type { Aws } from '../aws/aws.ts'
import type { Probe } from '../aws/vantage.ts'
import type { Graph } from '../engine/graph.ts'
import type { Config } from './config-schema.ts'
import { accountsOf } from './config.ts'
import { partitionOf } from './accounts-and-networks.ts'

/** What one account's role needs: documents to attach, several where one would be too long for IAM. */
export interface Permissions {
  /** The account's name in the config; all of them where several share a role. */
  account: string
  id: string
  /** Null where the config names no role: then the policies are for whoever runs privlink. */
  roleArn: string | null
  trustPolicy: object | null
  policies: Partial<Record<Purpose, PolicyDocument[]>>
}

/** What stands where only the user knows whom the roles are to trust. IAM refuses it. */
export const unknownPrincipal = 'REPLACE-WITH-THE-ARN-OF-WHO-RUNS-PRIVLINK'

/**
 * The least that each account's role needs for a walk of the config.
 *
 * @param principal ARN of who assumes the roles.
 */
export function permissionsOf(
  config: Config,
  graph: Graph<Aws, Probe>,
  { wanted = purposes, principal = unknownPrincipal }: { wanted?: readonly Purpose[]; principal?: string | undefined },
): Permissions[] {
  const places = Object.entries(accountsOf(config))
  const roleOf = ([, { id, roleArn }]: (typeof places)[number]): string => `${id} ${roleArn}`
  return [...new Set(places.map(roleOf))].flatMap((role) => {
    const members = places.filter((place) => roleOf(place) === role)
    const [first] = members
    if (first === undefined) return []
    const [, { id, roleArn, externalId }] = first
    const deeds = members.flatMap(([name]) => deedsAt(config, graph, name))
    return [
      {
        account: [...new Set(members.map(([name]) => name.split('@')[0]))].join(', '),
        id,
        roleArn: roleArn ?? null,
        trustPolicy: roleArn === undefined ? null : trustPolicy(principal, externalId),
        policies: Object.fromEntries(wanted.map((purpose) => [purpose, policiesFor(purpose, deeds)])),
      },
    ]
  })
}

/** "How to use an external ID when granting access to your AWS resources to a third party", IAM user guide. */
const trustPolicy = (principal: string, externalId: string | undefined): object => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: principal },
      Action: 'sts:AssumeRole',
      ...(externalId !== undefined && { Condition: { StringEquals: { 'sts:ExternalId': externalId } } }),
    },
  ],
})

/** What the nodes of the walk do in one account and Region. */
function deedsAt(config: Config, graph: Graph<Aws, Probe>, name: string): Deed[] {
  const at = accountsOf(config)[name]
  if (at === undefined) return []
  const nodes = [...graph.values()].filter(({ account }) => account === name)
  const networks = nodes.filter(({ step }) => step.id === 'network').map(({ inputs }) => inputs)
  const place: IamPlace = {
    partition: at.roleArn?.split(':')[1] ?? partitionOf(at.region),
    region: at.region,
    id: at.id,
    deployment: config.deployment,
    namePrefix: namePrefix(config.deployment),
    vpcIds: [...new Set(networks.flatMap(({ vpcId }) => textsIn(vpcId)))],
    subnetIds: [...new Set(networks.flatMap(({ subnetIds }) => textsIn(subnetIds)))],
    producerApiIds: [
      ...new Set(
        nodes.filter(({ step }) => step.id === 'producer-api').flatMap(({ inputs }) => textsIn(inputs['apiId'])),
      ),
    ],
    recordNames: nodes.filter(({ step }) => step.id === 'dns-record').flatMap(({ inputs }) => textsIn(inputs['name'])),
    functionArns: [
      ...new Set(
        nodes
          .filter(({ step }) => step.id === 'existing-function')
          .flatMap(({ inputs }) => textsIn(inputs['functionArn'])),
      ),
    ],
    storedObjects: nodes.filter(({ step }) => step.id === 'trust-store').flatMap(({ inputs }) => objectsOf(inputs)),
    serviceNames: serviceNamesOf(
      nodes.filter(({ step, adopt }) => /^(interface|gateway)-endpoint$/.test(step.id) && adopt === undefined),
      at.region,
    ),
  }
  return nodes.map(({ step, inputs, adopt }) => ({ step, inputs, adopt, place }))
}

/** What a trust store is read from, as its step has it. */
const objectsOf = ({ bundle, revocations }: Record<string, unknown>): string[] =>
  // The step's own inputs, which are never references.
  ([bundle, revocations] as ({ bucket: string; key: string } | undefined)[]).flatMap((one) =>
    one === undefined ? [] : [`${one.bucket}/${one.key}`],
  )

/** The name of a service that is still to be made is not known: any that somebody offers in the Region. */
const serviceNamesOf = (nodes: readonly { inputs: Record<string, unknown> }[], region: string): string[] => [
  ...new Set(
    nodes.map(({ inputs: { serviceName } }) =>
      typeof serviceName === 'string' ? serviceName : `com.amazonaws.vpce.${region}.vpce-svc-*`,
    ),
  ),
]

const textsIn = (value: unknown): string[] =>
  [value].flat().flatMap((one): string[] => (typeof one === 'string' ? [one] : []))
