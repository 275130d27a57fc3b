import { AwsError } from '../../state/aws-error.ts'
import type { Action, ActionTypeEnum } from '@aws-sdk/client-elastic-load-balancing-v2'

import type { Call } from '../operation.ts'
import type { World } from '../../state/world.ts'
import { invalid, getTargetGroup } from './lookup.ts'
import type { FixedResponse, Listener, LoadBalancer, Outcome, TargetGroup } from '../../state/elbv2.ts'
import { listenersUsing } from '../../reads/listeners.ts'

/** A listener's rules go with it. */
export function removeListener({ elbv2 }: World, { arn }: Listener): void {
  delete elbv2.listeners[arn]
  for (const rule of Object.values(elbv2.rules)) if (rule.listenerArn === arn) delete elbv2.rules[rule.arn]
}

/**
 * Reads the actions of a listener or rule: exactly one, which forwards to one target group or, on an Application Load
 * Balancer, answers by itself.
 */
export function readOutcome(call: Call, balancer: LoadBalancer, actions: Action[] | undefined): Outcome {
  const [action, ...others] = actions ?? []
  if (!action || others.length > 0) throw invalid('Exactly one default action must be specified')
  const order = action.Order === undefined ? {} : { order: action.Order }
  if (action.Type === 'fixed-response' && balancer.type === 'application')
    return { fixedResponse: readFixedResponse(action), ...order }
  if (action.Type !== 'forward') throw refuseAction(balancer, action.Type)
  const group = getTargetGroup(call, targetGroupArnOf(action))
  checkGroup(call, balancer, group)
  return { targetGroupArn: group.arn, ...order }
}

function refuseAction({ type }: LoadBalancer, action: string | undefined) {
  const known = ['redirect', 'authenticate-oidc', 'authenticate-cognito', 'jwt-validation'].includes(action ?? '')
  if (type === 'application' && known) return invalid(`The sandbox does not model actions of type ${action}`)
  const kind = type === 'network' ? 'Network' : 'Application'
  return new AwsError(
    'InvalidLoadBalancerAction',
    `The action type '${action}' is not valid with ${kind} Load Balancer`,
  )
}

/** A status of 2XX, 4XX or 5XX and at most 1024 characters of text (API_FixedResponseActionConfig). */
function readFixedResponse({ FixedResponseConfig }: Action): FixedResponse {
  const { StatusCode = '', ContentType, MessageBody } = FixedResponseConfig ?? {}
  if (!/^[245]\d\d$/.test(StatusCode)) throw invalid(`The status code '${StatusCode}' of a fixed response is not valid`)
  const types = ['text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json']
  if (ContentType !== undefined && !types.includes(ContentType))
    throw invalid(`The content type '${ContentType}' of a fixed response is not valid`)
  if ((MessageBody ?? '').length > 1024) throw invalid('The message body cannot be longer than 1024 characters')
  return {
    statusCode: StatusCode,
    ...(ContentType !== undefined && { contentType: ContentType }),
    ...(MessageBody !== undefined && { messageBody: MessageBody }),
  }
}

function targetGroupArnOf({ TargetGroupArn, ForwardConfig }: Action): string | undefined {
  const groups = ForwardConfig?.TargetGroups ?? []
  if (groups.length > 1) throw invalid('The sandbox does not model forward actions to several target groups')
  return TargetGroupArn ?? groups[0]?.TargetGroupArn
}

function checkGroup(call: Call, balancer: LoadBalancer, group: TargetGroup): void {
  if (group.vpcId !== balancer.vpcId) {
    const message = `The target group '${group.arn}' is not in the VPC '${balancer.vpcId}' of the load balancer`
    throw new AwsError('InvalidConfigurationRequest', message)
  }
  if ((group.protocol === 'TCP') !== (balancer.type === 'network')) {
    const message = `The protocol of target group '${group.arn}' is not compatible with the load balancer's listeners`
    throw new AwsError('IncompatibleProtocols', message)
  }
  if (listenersUsing(call.world, group).some((one) => one.loadBalancerArn !== balancer.arn)) {
    const message = `The following target groups cannot be associated with more than one load balancer: ${group.arn}`
    throw new AwsError('TargetGroupAssociationLimit', message)
  }
}

/** Only that of a listener or rule. */
export const outcomeOf = ({ targetGroupArn, fixedResponse, order }: Outcome): Outcome => ({
  ...(targetGroupArn !== undefined && { targetGroupArn }),
  ...(fixedResponse && { fixedResponse }),
  ...(order !== undefined && { order }),
})

/** Shows an outcome as the request gave it. */
export function showOutcome({ targetGroupArn, fixedResponse, order }: Outcome): Action[] {
  const Type: ActionTypeEnum = fixedResponse ? 'fixed-response' : 'forward'
  return [
    {
      Type,
      ...(targetGroupArn !== undefined && { TargetGroupArn: targetGroupArn }),
      ...(fixedResponse && {
        FixedResponseConfig: {
          StatusCode: fixedResponse.statusCode,
          ContentType: fixedResponse.contentType,
          MessageBody: fixedResponse.messageBody,
        },
      }),
      ...(order !== undefined && { Order: order }),
    },
  ]
}
