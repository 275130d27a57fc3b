import { tagKeys } from '../../src/aws/tags.ts'
import type { World } from '../../packages/sandbox/src/state/world.ts'

/**
 * Takes our marks off everything in a world, so that all of it looks like somebody else's: tags, and the descriptions of
 * deployments and the comments of hosted zones, which stand for the tags that cannot be given when they are made.
 *
 * @returns how to put them on again.
 */
export function disown({ apigateway, ec2, ecs, elbv2, iam, lambda, logs, route53, secretsmanager }: World): () => void {
  const things = [
    ...Object.values(apigateway),
    ...Object.values(ec2),
    ...Object.values(ecs),
    ...Object.values(elbv2),
    ...Object.values(iam),
    ...Object.values(lambda),
    ...Object.values(logs),
    route53.zones,
    ...Object.values(secretsmanager),
  ]
    .flatMap((table) => Object.values<object>(table))
    .flatMap((thing) => ('tags' in thing ? [thing as { tags: Record<string, string> }] : []))
    .map((thing) => ({ thing, tags: thing.tags }))
  for (const { thing, tags } of things) {
    const foreign = Object.entries(tags).filter(([key]) => !Object.values<string>(tagKeys).includes(key))
    thing.tags = Object.fromEntries(foreign)
  }
  const zones = Object.values(route53.zones).map((zone) => ({ zone, comment: zone.comment }))
  for (const { zone } of zones) zone.comment = 'made by hand'
  const deployments = Object.values(apigateway.restApis)
    .flatMap(({ deployments }) => Object.values(deployments))
    .map((deployment) => ({ deployment, description: deployment.description }))
  for (const { deployment } of deployments) deployment.description = 'made by hand'
  return () => {
    for (const { thing, tags } of things) thing.tags = tags
    for (const { zone, comment } of zones) zone.comment = comment
    for (const { deployment, description } of deployments) deployment.description = description
  }
}
