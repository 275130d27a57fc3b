import { createHash } from 'node:crypto'
import type { ResourceType, TagSpecification } from '@aws-sdk/client-ec2'
import type { Identity } from '../engine/step.ts'

/** The tags by which privlink knows its things again. `generation` is there from the first replacement on. */
export const tagKeys = {
  deployment: 'privlink:deployment',
  node: 'privlink:node',
  generation: 'privlink:generation',
} as const

/** ELBv2's limit for the names of load balancers and target groups, the strictest of all. */
const longest = 32

/** The marks of a node: the same in every run over the same config, nothing random. */
export function identityFor(deployment: string, node: string, generation = 0): Identity {
  const name = nameOf(deployment, node, generation)
  return {
    deployment,
    node,
    generation,
    name,
    tags: {
      [tagKeys.deployment]: deployment,
      [tagKeys.node]: node,
      ...(generation > 0 && { [tagKeys.generation]: String(generation) }),
      Name: name,
    },
    matches: (tags) =>
      tags[tagKeys.deployment] === deployment &&
      tags[tagKeys.node] === node &&
      Number(tags[tagKeys.generation] ?? 0) >= generation,
  }
}

/**
 * A name that every service takes: letters, digits and hyphens, no hyphen at either end, not beginning with
 * `internal-`. It is plain where it can be read back in one way only; otherwise a hash of deployment and node sets it
 * apart.
 */
function nameOf(deployment: string, node: string, generation: number): string {
  const suffix = generation > 0 ? `-g${generation}` : ''
  const plain = `${deployment}-${node.replaceAll('/', '-')}`
  if (isUnambiguous(deployment, node) && plain.length + suffix.length <= longest) return plain + suffix
  const hash = createHash('sha256')
    .update(JSON.stringify([deployment, node]))
    .digest('hex')
    .slice(0, 8)
  const readable = plain
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^(-|internal-)+/, '')
    .slice(0, longest - suffix.length - hash.length - 1)
    .replace(/^-+|-+$/g, '')
  return (readable === '' || readable === 'internal' ? `p-${hash}` : `${readable}-${hash}`) + suffix
}

/**
 * The beginning that the names of all nodes of a deployment have in common: a hashed name keeps its first 19 characters
 * at least, in up to 99 generations.
 */
export function namePrefix(deployment: string): string {
  const readable = `${deployment}-`.replace(/[^A-Za-z0-9]+/g, '-')
  if (/^(-|internal-)/.test(readable)) return ''
  // The cut may leave a hyphen at the end, which AWS does not allow in a name.
  return readable.length <= 19 ? readable : readable.slice(0, 19).replace(/-+$/, '')
}

/**
 * Hyphens only in the last part, so that it is clear where each part ends, and no ending like a generation's or a
 * hash's.
 */
const isUnambiguous = (deployment: string, node: string): boolean =>
  /^[a-z0-9]+$/.test(deployment) &&
  deployment !== 'internal' &&
  /^[a-z0-9]+\/[a-z0-9]+(-[a-z0-9]+)*$/.test(node) &&
  !/[-/](g\d+|[0-9a-f]{8})$/.test(node)

/** A tag as EC2 and ELBv2 write it. */
interface Tag {
  Key?: string | undefined
  Value?: string | undefined
}

export const tagList = (tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

export const tagMap = (tags: readonly Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((tags ?? []).flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? '']])))

/** For EC2's tag on create. */
export const tagSpecification = (ResourceType: ResourceType, identity: Identity): TagSpecification => ({
  ResourceType,
  Tags: tagList(identity.tags),
})
