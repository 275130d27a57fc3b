import { tagKeys } from '../tags.ts'
import type { AccountScope, Condition } from './permission.ts'
import { clusters, ecs } from './resources.ts'

/** The key of the condition that a thing is ours: adopted things do without it. */
export const ownedKey = `aws:ResourceTag/${tagKeys.deployment}`

/** The thing carries our tag. */
export const owned = ({ deployment }: AccountScope): Condition => ({ StringEquals: { [ownedKey]: deployment } })

/** The request gives the thing our tag. */
export const requested = ({ deployment }: AccountScope): Condition => ({
  StringEquals: { [`aws:RequestTag/${tagKeys.deployment}`]: deployment },
})

/** The request gives our tag to a part of a thing that carries it. */
export const requestedWithin = (scope: AccountScope): Condition => ({
  StringEquals: { ...requested(scope)['StringEquals'], ...owned(scope)['StringEquals'] },
})

/**
 * The tag is given in the call that makes the thing ("Grant permission to tag resources during creation", EC2, ELB,
 * ECS).
 */
export const during =
  (key: 'ec2:CreateAction' | 'elasticloadbalancing:CreateAction' | 'ecs:CreateAction', action: string | string[]) =>
  (scope: AccountScope): Condition => ({ StringEquals: { ...requested(scope)['StringEquals'], [key]: action } })

/** The call goes to the Region: for actions without resource-level permissions. */
export const inRegion = ({ region }: AccountScope): Condition => ({ StringEquals: { 'aws:RequestedRegion': region } })

/** A service makes the call in our name ("aws:ViaAWSService", IAM User Guide). */
export const viaService = (): Condition => ({ Bool: { 'aws:ViaAWSService': 'true' } })

/**
 * The role goes to this service only; its tags do not count there (IAM User Guide, "Pass a role to an AWS service").
 */
export const passedTo = (service: string) => (): Condition => ({ StringEquals: { 'iam:PassedToService': service } })

export const linkedTo = (service: string) => (): Condition => ({ StringEquals: { 'iam:AWSServiceName': service } })

export const inOurClusters = (scope: AccountScope): Condition => ({ ArnLike: { 'ecs:cluster': ecs(clusters)(scope) } })

/**
 * The zone is of the VPCs that the config names ("Using IAM policy conditions for fine-grained access control", Route
 * 53).
 */
export const ofVpcs = ({ vpcIds, region }: AccountScope): Condition => ({
  'ForAllValues:StringEquals': { 'route53:VPCs': vpcIds.map((id) => `VPCId=${id},VPCRegion=${region}`) },
})

/** The change is one of these, of the A records that the config names. */
export const ofRecords =
  (...changes: ('CREATE' | 'UPSERT' | 'DELETE')[]) =>
  ({ recordNames }: AccountScope): Condition => ({
    'ForAllValues:StringEquals': {
      'route53:ChangeResourceRecordSetsRecordTypes': ['A'],
      'route53:ChangeResourceRecordSetsActions': changes,
      ...(recordNames.length > 0 && { 'route53:ChangeResourceRecordSetsNormalizedRecordNames': [...recordNames] }),
    },
  })
