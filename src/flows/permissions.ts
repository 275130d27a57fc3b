// Derives the IAM policies of each account's role from the graph of a config.
import { partitionOf } from '../aws/partition.ts'
import type { AnyAwsStep } from '../aws/define-step.ts'
import type { AccountScope, NamedThings } from '../aws/permissions/permission.ts'
import {
  policiesFor,
  type PolicyDocument,
  type Purpose,
  purposes,
  type RequiredPermissions,
} from '../aws/permissions/policies.ts'
import { namePrefix } from '../aws/tags.ts'
import type { Aws } from '../aws/aws.ts'
import type { Probe } from '../aws/vantage.ts'
import type { Graph } from '../engine/graph.ts'
import { stepById } from '../steps/steps.ts'
import type { Config } from './config-schema.ts'
import { accountsOf } from './config.ts'

/** The policies that one account's role needs: several documents where one would be too long for IAM. */
export interface Permissions {
  /** The account's name in the config; all of them where several share a role. */
  account: string
  id: string
  /** Null where the config names no role: then the policies are for the caller's own credentials. */
  roleArn: string | null
  trustPolicy: object | null
  policies: Partial<Record<Purpose, PolicyDocument[]>>
}

/** The placeholder for the principal that the roles trust, which only the user knows. IAM refuses it. */
export const unknownPrincipal = 'REPLACE-WITH-THE-ARN-OF-WHO-RUNS-PRIVLINK'

/**
 * The least permissions that each account's role needs for the graph of a config.
 *
 * @param principal ARN of the principal that assumes the roles.
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
    const required = members.flatMap(([name]) => requiredAt(config, graph, name))
    return [
      {
        account: [...new Set(members.map(([name]) => name.split('@')[0]))].join(', '),
        id,
        roleArn: roleArn ?? null,
        trustPolicy: roleArn === undefined ? null : trustPolicy(principal, externalId),
        policies: Object.fromEntries(wanted.map((purpose) => [purpose, policiesFor(purpose, required)])),
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

/** The nodes of the graph in one account and Region, with the things that their inputs name there. */
function requiredAt(config: Config, graph: Graph<Aws, Probe>, name: string): RequiredPermissions[] {
  const at = accountsOf(config)[name]
  if (at === undefined) return []
  const nodes = [...graph.values()]
    .filter(({ account }) => account === name)
    .map(({ step: { id }, inputs, adopt }) => ({ step: stepOf(id), inputs, adopt }))
  const named = nodes.flatMap(({ step, inputs, adopt }) =>
    adopt === undefined ? [step.names?.(inputs, at.region) ?? {}] : [],
  )
  const all = (kind: keyof NamedThings): string[] => [...new Set(named.flatMap((things) => things[kind] ?? []))]
  const scope: AccountScope = {
    partition: at.roleArn?.split(':')[1] ?? partitionOf(at.region),
    region: at.region,
    id: at.id,
    deployment: config.deployment,
    namePrefix: namePrefix(config.deployment),
    vpcIds: all('vpcIds'),
    subnetIds: all('subnetIds'),
    serviceNames: all('serviceNames'),
    producerApiIds: all('producerApiIds'),
    recordNames: all('recordNames'),
    functionArns: all('functionArns'),
    storedObjects: all('storedObjects'),
  }
  return nodes.map((node) => ({ ...node, scope }))
}

function stepOf(id: string): AnyAwsStep {
  const step = stepById.get(id)
  if (step === undefined) throw new Error(`the step ${id} is missing in steps.ts`)
  return step
}
