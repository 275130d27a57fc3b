import { executeApiName } from '../aws/vantage.ts'
import { after, type Ref } from '../engine/ref.ts'
import type { NodeHandle } from '../engine/graph.ts'
import { existingFunction } from '../steps/existing-function.ts'
import { functionCall } from '../steps/function-call.ts'
import { lambdaFunction } from '../steps/lambda-function.ts'
import { privateDns } from '../steps/private-dns.ts'
import { role } from '../steps/role.ts'
import { securityGroup } from '../steps/security-group.ts'
import { defineFlow, type FlowContext } from './flow.ts'
import { placeForeignCalls } from './foreign-call.ts'
import { lambdaConsumerSettings } from './lambda-consumer-settings.ts'
import { placeNetwork, sharedBuilder } from './link.ts'
import { type NetworkPlace, partitionOf } from './places.ts'
import { blocksIn, placeCallerEndpoint, placeExecuteApi } from './private-api.ts'
import { existingProducer, placeProducer, type Producer } from './producer.ts'

/** Article 2, second pattern: a function in a VPC calls a private API of another account by its own name. */
export const lambdaConsumer = defineFlow({
  id: 'lambda-consumer',
  settings: lambdaConsumerSettings,

  compose(context, settings) {
    const { builder } = context
    const place = context.network(settings.consumer.network)
    const named = settings.function
    const isOurs = !('arn' in named)

    // 1) The execute-api endpoint with private DNS, and who may come to it
    placeName(context, place)
    const theirs = isOurs ? undefined : placeExisting(context, place, named.arn)
    const { endpoint, group } = theirs ?? placeOwn(context, place)

    // 2) The producer lets it in
    const producer = placeProducer(context, '2', settings, {
      name: place.vpcId,
      endpointId: endpoint.made.endpointId,
      own: place.executeApi?.endpointId === undefined,
    })

    // 3) The function
    const authorization = isOurs ? named.authorization : 'none'
    const functionArn = theirs?.functionArn ?? placeFunction(context, place, { producer, group, authorization })

    // 4) Test it: by the function, and from a network that must not get in
    const { method, path, status: statuses } = settings.test
    const host = nameOf(place, producer)
    builder.step('4', 'call', functionCall, place.at.place, {
      functionArn: after(endpoint.facts.endpointId, after(producer.open, functionArn)),
      ...(isOurs ? { request: { method, path } } : named.payload !== undefined && { payload: named.payload }),
      url: host.map((name) => `https://${name}/${producer.stage}${path}`),
      statuses,
    })
    const { foreign } = settings.access
    placeForeignCalls(context, '4', foreign, [{ ...producer, name: `call-from-${foreign}`, test: settings.test }])
  },

  existing({ name, ...places }, settings) {
    const { consumer, function: named, api } = settings
    const producer = existingProducer(places, name, settings)
    if (!('arn' in named)) return producer
    const { at, vpcId, subnetIds } = places.network(consumer.network)
    const place = { partition: partitionOf(at.region), region: at.region }
    // An API that the same file makes has no id yet.
    const url = api && `https://${executeApiName(place, api.id)}/${api.stage}${settings.test.path}`
    const code = {
      handler: 'index.handler',
      files: { 'index.mjs': someCode },
      environment: { ...(url && { URL: url }) },
    }
    return {
      ...producer,
      functions: [{ accountId: at.id, region: at.region, arn: named.arn, vpcId, subnetIds, ...code }],
    }
  },
})

/** For a rehearsal: what somebody's function may look like. */
const someCode = `export const handler = async (event) => {
  if (!process.env.URL) return { event }
  const answer = await fetch(process.env.URL)
  return { statusCode: answer.status, body: await answer.text() }
}
`

/** Told before anything is made: whether the name can be had in the VPC, and what else it will lead astray. */
function placeName(context: FlowContext, place: NetworkPlace): void {
  const { vpcId, executeApi, executeApiService: serviceName } = place
  const endpointId = executeApi?.endpointId
  // One that is made has its gate already.
  if (endpointId === undefined) return
  sharedBuilder(context, place).step('1', 'private-dns', privateDns, place.at.place, { vpcId, serviceName, endpointId })
}

/** Endpoint and security group of the function that privlink makes. */
const placeOwn = (context: FlowContext, place: NetworkPlace) =>
  placeCallerEndpoint(context, '1', place, (vpcId, cidrs) =>
    context.builder.step('1', 'function-group', securityGroup, place.at.place, {
      vpcId,
      description: 'Function that calls a private API',
      ingress: [],
      egress: [{ port: 443, cidrs }],
    }),
  )

/** The endpoint for a function that is there already, which must be able to come to it. */
function placeExisting(context: FlowContext, place: NetworkPlace, functionArn: string) {
  const { executeApi, executeApiService: serviceName } = place
  const { facts } = placeNetwork(context, '1', place)
  const caller = context.builder.step('1', 'function', existingFunction, place.at.place, {
    functionArn,
    vpcId: facts.vpcId,
    serviceName,
    cidrs: facts.subnets.map((all) => blocksIn(place, all)),
    ...(executeApi?.endpointId !== undefined && { endpointId: executeApi.endpointId }),
  })
  const endpoint = placeExecuteApi(context, '1', place, [{ port: 443, groupIds: caller.facts.groupIds }])
  return { endpoint, group: undefined, functionArn: caller.facts.functionArn }
}

interface FunctionParts {
  producer: Producer
  group: NodeHandle<{ groupId: string }> | undefined
  authorization: 'none' | 'iam'
}

function placeFunction(
  context: FlowContext,
  place: NetworkPlace,
  { producer, group, authorization }: FunctionParts,
): Ref<string> {
  if (group === undefined) throw new Error('a function that privlink makes has a group')
  const { builder } = context
  const at = place.at.place
  const acting = builder.step('3', 'role', role, at, {
    service: 'lambda.amazonaws.com',
    statements: authorization === 'iam' ? [forInterfaces, mayInvoke(place, producer)] : [forInterfaces],
  })
  const made = builder.step('3', 'function', lambdaFunction, at, {
    roleArn: acting.facts.roleArn,
    subnetIds: place.subnetIds,
    securityGroupIds: [group.facts.groupId],
    host: nameOf(place, producer),
    stageName: producer.stage,
    authorization,
  })
  return made.facts.functionArn
}

/** What Lambda does in the role's name ("Giving Lambda functions access to resources in a VPC"); none knows resources. */
const forInterfaces = {
  Effect: 'Allow',
  Action: [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ],
  Resource: '*',
}

/** A caller of another account needs the leave of both sides ("IAM authentication and resource policy", API Gateway guide). */
const mayInvoke = ({ region }: NetworkPlace, { apiId, at, stage }: Producer) =>
  apiId.map((id) => ({
    Effect: 'Allow',
    Action: 'execute-api:Invoke',
    Resource: `arn:${partitionOf(region)}:execute-api:${region}:${at.id}:${id}/${stage}/*`,
  }))

const nameOf = ({ region }: NetworkPlace, { apiId }: Producer): Ref<string> =>
  apiId.map((id) => executeApiName({ region, partition: partitionOf(region) }, id))
