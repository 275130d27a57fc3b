import { denialOf, type RequiredPermission } from './authorization.ts'
import { evaluatePolicy } from './policy.ts'
import type { World } from '../state/world.ts'
import { policiesInEffect, trustInEffect } from './grants.ts'

/**
 * Whether a service such as `lambda.amazonaws.com` can act as a role: the role is there, has spread (a new one takes 5
 * to 20 s) and its trust policy names the service. Whether the caller may pass it is another question (`iam:PassRole`).
 */
export function mayAssume(world: World, now: number, roleArn: string, service: string): boolean {
  const role = world.iam.roles[roleArn]
  const trust = role && trustInEffect(role, now)
  if (role === undefined || trust === undefined) return false
  const asked = {
    action: 'sts:AssumeRole',
    resource: roleArn,
    principal: service,
    context: { 'aws:SourceAccount': role.account },
  }
  return evaluatePolicy(trust, asked).decision === 'allow'
}

/** When and where a role acts. Without a time, everything that the role was ever granted has spread. */
interface RoleContext {
  now?: number
  region?: string
  /** Name of the session, such as the function's name or the task's id. */
  session?: string
}

/** Whether a role's identity policies allow something that a service does as the role. */
export const roleMay = (world: World, roleArn: string, demand: RequiredPermission, acting: RoleContext = {}): boolean =>
  roleDenial(world, roleArn, demand, acting) === undefined

/** Tells why a role lacks a permission, in AWS's words, with its session as the user; nothing if it has it. */
export function roleDenial(
  world: World,
  roleArn: string,
  demand: RequiredPermission,
  { now = Infinity, region = 'us-east-1', session = 'session' }: RoleContext = {},
): string | undefined {
  const role = world.iam.roles[roleArn]
  const policies = role ? policiesInEffect(role, now) : []
  if (policies === undefined) return undefined
  const [, partition = 'aws', , , account = ''] = roleArn.split(':')
  const name = roleArn.slice(roleArn.lastIndexOf('/') + 1)
  const principal = `arn:${partition}:sts::${account}:assumed-role/${name}/${session}`
  return denialOf(policies, demand, { principal, account, region })
}
