import { type ServiceConfiguration, StartVpcEndpointServicePrivateDnsVerificationCommand } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { tagMap } from '../aws/tags.ts'
import type { Probe } from '../aws/vantage.ts'
import { minutes, seconds } from '../engine/step.ts'
import { PrivlinkError } from '../errors.ts'
import { domainsOf, plainName } from './shared/domain-name.ts'
import { ownerWithin, stateOf } from './shared/ownership.ts'
import { owned } from '../aws/permissions/conditions.ts'
import { describe, permission } from '../aws/permissions/permission.ts'
import { ec2 } from '../aws/permissions/resources.ts'
import { endpointService } from './endpoint-service.ts'

/** The TXT record that proves a domain, as AWS asks for it. */
interface Proof {
  name: string
  /** First label of the record's name. */
  label: string
  value: string
}

/**
 * The proof that the domain of a service's private DNS name is ours: a public TXT record, which AWS looks for once it
 * is told to, for up to 10 minutes. Whoever owns the domain has to write it; until then nothing is started. It is not
 * taken back: it goes with the name.
 */
export const privateDnsVerified = defineStep<{ serviceId: string; name: string }>()({
  id: 'private-dns-verified',
  title: "Verification of the private DNS name's domain",
  facts: z.object({ serviceId: z.string(), name: z.string() }),
  permissions: {
    read: [describe('ec2:DescribeVpcEndpointServiceConfigurations')],
    create: [
      permission(
        'OwnServices',
        ['ec2:StartVpcEndpointServicePrivateDnsVerification'],
        ec2('vpc-endpoint-service/*'),
        owned,
        () => [endpointService],
      ),
    ],
  },
  patience: { upTo: minutes(15), every: seconds(10) },
  relation: true,

  async read({ aws, inputs, known, identity, probe }) {
    const { serviceId = known?.serviceId, name = known?.name } = inputs
    if (serviceId === undefined || name === undefined) return { state: 'absent' }
    const [service] = await aws.reads.endpointServices({ id: serviceId })
    const proof = service && proofIn(service, name)
    if (proof === undefined) return { state: 'absent' }
    const owner = known === undefined ? ownerWithin(identity, tagMap(service?.Tags)) : 'ours'
    const facts = { serviceId, name }
    const state = stateOf(service?.PrivateDnsNameConfiguration?.State)
    if (state === 'verified') return { state: 'ready', owner, facts }
    const written = await isWritten(probe, proof)
    if (written === false) throw unproved(proof, aws.name)
    if (known === undefined) return { state: 'absent' }
    const said = `AWS looks for the TXT record ${proof.label}.${name} "${proof.value}"`
    if (state === 'pendingverification') return { state: 'pending', owner, why: said, facts }
    const why = `AWS has not found the TXT record that proves ${name}`
    return { state: 'broken', owner, why, fix: 'replace', hint: advice(proof), facts }
  },

  async create({ aws, inputs: { serviceId, name } }) {
    await aws.ec2(new StartVpcEndpointServicePrivateDnsVerificationCommand({ ServiceId: serviceId }))
    return { serviceId, name }
  },
})

function proofIn(service: ServiceConfiguration, name: string): Proof | undefined {
  const { Name: label, Value: value } = service.PrivateDnsNameConfiguration ?? {}
  if (plainName(service.PrivateDnsName) !== name || label === undefined || value === undefined) return undefined
  return { name, label, value }
}

/** Undefined where the public DNS cannot be asked from here. A domain above the name will do (PrivateLink guide). */
async function isWritten(probe: Probe, { name, label, value }: Proof): Promise<boolean | undefined> {
  const found = await Promise.all(domainsOf(name).map((domain) => probe.texts(`${label}.${domain}`)))
  if (found.some((texts) => texts?.includes(value))) return true
  return found.includes(undefined) ? undefined : false
}

const advice = ({ name, label, value }: Proof): string =>
  `In the public DNS of the domain, add a TXT record named ${label}.${name} (or ${label} before any domain above it) with the text ${value}, then run setup again.`

const unproved = (proof: Proof, account: string): PrivlinkError =>
  new PrivlinkError(
    'DomainUnproved',
    `nothing in the public DNS says yet that ${proof.name} belongs to account ${account}, so that consumers cannot use it`,
    { hint: advice(proof) },
  )
