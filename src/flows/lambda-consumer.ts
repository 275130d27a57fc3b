// The steps of article 2, second pattern: a function in a VPC that calls a private API of another account.
import { executeApiName, partitionOf, servicePrincipal } from '../aws/partition.ts'
import { after, type Ref } from '../engine/ref.ts'
import type { NodeHandle } from '../engine/graph.ts'
import { existingFunction } from '../steps/existing-function.ts'
import { functionCall } from '../steps/function-call.ts'
import { lambdaFunction } from '../steps/lambda-function.ts'
import { privateDns } from '../steps/private-dns.ts'
import { role } from '../steps/role.ts'
import { securityGroup } from '../steps/security-group.ts'
import type { Flow, FlowContext } from './flow.ts'
import { addForeignCalls } from './foreign-call.ts'
import type { lambdaConsumerSettings } from './lambda-consumer-settings.ts'
import { addNetwork, sharedBuilder } from './link.ts'
import { type ResolvedNetwork } from './accounts-and-networks.ts'
import { blocksIn, addCallerEndpoint, addExecuteApi } from './execute-api.ts'
import { existingProducer, addProducer, type Producer } from './producer.ts'

export const lambdaConsumer: Flow<typeof lambdaConsumerSettings> = {
  offers: ({ network }, { consumer }) => ({
    door: {
      // Security group rules for the function are added by its own integration.
      addEndpoint: (context, article) => addExecuteApi(context, article, network(consumer.network), []).made.endpointId,
    },
  }),

  compose(context, settings) {
    const { builder } = context
    const network = context.network(settings.consumer.network)
    const named = settings.function
    const isOurs = !('arn' in named)

    // 1) The execute-api endpoint with private DNS, and who may come to it
    addNameGate(context, network)
    const theirs = isOurs ? undefined : addExistingFunction(context, network, named.arn)
    const { endpoint, group } = theirs ?? addOwnFunctionEndpoint(context, network)

    // 2) The producer lets it in
    const producer = addProducer(context, '2', settings, {
      name: network.vpcId,
      endpointId: endpoint.made.endpointId,
      own: network.executeApi?.endpointId === undefined,
    })

    // 3) The function
    const authorization = isOurs ? named.authorization : 'none'
    const functionArn = theirs?.functionArn ?? addFunction(context, network, { producer, group, authorization })

    // 4) Test it: by the function, and from a network that must not get in
    const { method, path, status: statuses } = settings.test
    const host = nameOf(network, producer)
    builder.step('4', 'call', functionCall, network.account.key, {
      functionArn: after(endpoint.facts.endpointId, after(producer.open, functionArn)),
      ...(isOurs ? { request: { method, path } } : named.payload !== undefined && { payload: named.payload }),
      url: host.map((name) => `https://${name}/${producer.stage}${path}`),
      statuses,
    })
    const { foreign } = settings.access
    addForeignCalls(context, '4', foreign, [{ ...producer, name: `call-from-${foreign}`, test: settings.test }])
  },

  existing({ name, ...lookup }, settings) {
    const { consumer, function: named, api } = settings
    const producer = existingProducer(lookup, name, settings)
    if (!('arn' in named)) return producer
    const { account, region, vpcId, subnetIds } = lookup.network(consumer.network)
    // The id of an API that the same config makes is not known yet.
    const url =
      api &&
      `https://${executeApiName({ partition: partitionOf(region), region }, api.id)}/${api.stage}${settings.test.path}`
    const code = {
      handler: 'index.handler',
      files: { 'index.mjs': someCode },
      environment: { ...(url && { URL: url }) },
    }
    return {
      ...producer,
      functions: [{ accountId: account.id, region, arn: named.arn, vpcId, subnetIds, ...code }],
    }
  },
}

/** The code of a function that exists already, for a rehearsal. */
const someCode = `export const handler = async (event) => {
  if (!process.env.URL) return { event }
  const answer = await fetch(process.env.URL)
  return { statusCode: answer.status, body: await answer.text() }
}
`

/** Adds the gate that checks the private DNS of an endpoint that the config names. */
function addNameGate(context: FlowContext, network: ResolvedNetwork): void {
  const { vpcId, executeApi, executeApiService: serviceName } = network
  const endpointId = executeApi?.endpointId
  // addExecuteApi adds the gate of an endpoint that privlink makes.
  if (endpointId === undefined) return
  sharedBuilder(context, network).step('1', 'private-dns', privateDns, network.account.key, {
    vpcId,
    serviceName,
    endpointId,
  })
}

/** Endpoint and security group of the function that privlink makes. */
const addOwnFunctionEndpoint = (context: FlowContext, network: ResolvedNetwork) =>
  addCallerEndpoint(context, '1', network, (vpcId, cidrs) =>
    context.builder.step('1', 'function-group', securityGroup, network.account.key, {
      vpcId,
      description: 'Function that calls a private API',
      ingress: [],
      egress: [{ port: 443, cidrs }],
    }),
  )

/** The endpoint for a function that exists already, and the gate that checks that the function can reach it. */
function addExistingFunction(context: FlowContext, network: ResolvedNetwork, functionArn: string) {
  const { executeApi, executeApiService: serviceName } = network
  const { facts } = addNetwork(context, '1', network)
  const caller = context.builder.step('1', 'function', existingFunction, network.account.key, {
    functionArn,
    vpcId: facts.vpcId,
    serviceName,
    cidrs: facts.subnets.map((all) => blocksIn(network, all)),
    ...(executeApi?.endpointId !== undefined && { endpointId: executeApi.endpointId }),
  })
  const endpoint = addExecuteApi(context, '1', network, [{ port: 443, groupIds: caller.facts.groupIds }])
  return { endpoint, group: undefined, functionArn: caller.facts.functionArn }
}

interface FunctionParts {
  producer: Producer
  group: NodeHandle<{ groupId: string }> | undefined
  authorization: 'none' | 'iam'
}

function addFunction(
  context: FlowContext,
  network: ResolvedNetwork,
  { producer, group, authorization }: FunctionParts,
): Ref<string> {
  if (group === undefined) throw new Error('a function that privlink makes has a group')
  const { builder } = context
  const account = network.account.key
  const acting = builder.step('3', 'role', role, account, {
    service: servicePrincipal('lambda'),
    statements: authorization === 'iam' ? [forInterfaces, mayInvoke(network, producer)] : [forInterfaces],
  })
  const made = builder.step('3', 'function', lambdaFunction, account, {
    roleArn: acting.facts.roleArn,
    subnetIds: network.subnetIds,
    securityGroupIds: [group.facts.groupId],
    host: nameOf(network, producer),
    stageName: producer.stage,
    authorization,
  })
  return made.facts.functionArn
}

/**
 * The permissions that Lambda itself uses by the role ("Giving Lambda functions access to resources in a VPC"). These
 * actions have no resource-level permissions.
 */
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

/**
 * A caller of another account needs the permission of both accounts ("IAM authentication and resource policy", API
 * Gateway guide).
 */
const mayInvoke = ({ region }: ResolvedNetwork, { apiId, account, stage }: Producer) =>
  apiId.map((id) => ({
    Effect: 'Allow',
    Action: 'execute-api:Invoke',
    Resource: `arn:${partitionOf(region)}:execute-api:${region}:${account.id}:${id}/${stage}/*`,
  }))

const nameOf = ({ region }: ResolvedNetwork, { apiId }: Producer): Ref<string> =>
  apiId.map((id) => executeApiName({ region, partition: partitionOf(region) }, id))
