import { CreateDeploymentCommand } from '@aws-sdk/client-api-gateway'
import { UpdateFunctionCodeCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import { strToU8, zipSync } from 'fflate'
import { DeleteRetentionPolicyCommand } from '@aws-sdk/client-cloudwatch-logs'
import { ModifyVpcEndpointCommand } from '@aws-sdk/client-ec2'
import { RegisterTaskDefinitionCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs'
import { SetSubnetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import { PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam'
import { DeleteSecretCommand } from '@aws-sdk/client-secrets-manager'
import { fingerprintTag } from '../../src/steps/secret.ts'
import type { World } from '../../packages/sandbox/src/state/world.ts'
import type { Clients } from './sandbox.ts'

/** Where somebody meddles: with the world itself, or by the calls that the console makes in the thing's own account. */
interface Scene {
  world: World
  clients: Clients
  /** Of the thing that is meddled with. */
  facts: Record<string, unknown>
}

/** What somebody may do to a thing of ours behind our back, and the field in which it shows. */
export interface OutsideChange {
  field: RegExp
  does: string
  /** AWS takes it back only while nobody uses the thing. */
  unused?: true
  /** Things of the step that it cannot be done to, by their inputs. */
  except?(inputs: Readonly<Record<string, unknown>>): boolean
  act(scene: Scene): unknown
}

const fact = ({ facts }: Scene, name: string): string => String(facts[name])

function there<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error('there is nothing to meddle with')
  return thing
}

const groupOf = (scene: Scene) => there(scene.world.ec2.securityGroups[fact(scene, 'groupId')])
const endpointOf = (scene: Scene) => there(scene.world.ec2.endpoints[fact(scene, 'endpointId')])
const serviceOf = (scene: Scene) => there(scene.world.ec2.endpointServices[fact(scene, 'serviceId')])
const balancerOf = (scene: Scene) => there(scene.world.elbv2.loadBalancers[fact(scene, 'loadBalancerArn')])
const targetGroupOf = (scene: Scene) => there(scene.world.elbv2.targetGroups[fact(scene, 'targetGroupArn')])
const listenerOf = (scene: Scene) => there(scene.world.elbv2.listeners[fact(scene, 'listenerArn')])
const secretOf = (scene: Scene) => there(scene.world.secretsmanager.secrets[fact(scene, 'secretArn')])
const serviceOfTasks = (scene: Scene) => there(scene.world.ecs.services[fact(scene, 'serviceArn')])
const functionOf = (scene: Scene) => there(scene.world.lambda.functions[fact(scene, 'functionArn')])
const ruleOf = (scene: Scene) => there(scene.world.elbv2.rules[fact(scene, 'ruleArn')])
const trustStoreOf = (scene: Scene) => there(scene.world.elbv2.trustStores[fact(scene, 'trustStoreArn')])
const apiOf = (scene: Scene) => there(scene.world.apigateway.restApis[fact(scene, 'apiId')])

/** Some method that leads somewhere. */
const routeOf = (scene: Scene) =>
  there(
    Object.values(apiOf(scene).resources)
      .flatMap((resource) => Object.values(resource.methods))
      .find(({ integration }) => integration?.uri !== undefined),
  )

const defaultGroupOf = ({ world }: Scene, vpcId: string): string =>
  there(Object.values(world.ec2.securityGroups).find((group) => group.vpcId === vpcId && group.name === 'default'))
    .groupId

/** Leaves one rule in that direction, which nobody wants. */
function replaceRules(scene: Scene, egress: boolean): void {
  const group = groupOf(scene)
  const rule = { ruleId: 'sgr-0bad', protocol: 'tcp', fromPort: 22, toPort: 22, cidr: '203.0.113.0/24', tags: {} }
  group.rules = [...group.rules.filter((one) => one.egress !== egress), { ...rule, egress }]
}

/** By step: everything that `mend` is there for. */
export const outsideChanges: Readonly<Record<string, readonly OutsideChange[]>> = {
  'security-group': [
    { field: /^ingress$/, does: 'lets somebody else in', act: (scene) => replaceRules(scene, false) },
    { field: /^egress$/, does: 'lets something else out', act: (scene) => replaceRules(scene, true) },
  ],
  'interface-endpoint': [
    {
      field: /^subnetIds$/,
      does: 'takes it out of a subnet',
      act: (scene) => {
        const { endpointId: VpcEndpointId, subnetIds } = endpointOf(scene)
        return scene.clients.ec2.send(
          new ModifyVpcEndpointCommand({ VpcEndpointId, RemoveSubnetIds: subnetIds.slice(0, 1) }),
        )
      },
    },
    {
      field: /^securityGroupIds$/,
      does: 'puts it in another security group',
      act: (scene) => {
        const { endpointId: VpcEndpointId, vpcId, groupIds } = endpointOf(scene)
        const AddSecurityGroupIds = [defaultGroupOf(scene, vpcId)]
        return scene.clients.ec2.send(
          new ModifyVpcEndpointCommand({ VpcEndpointId, AddSecurityGroupIds, RemoveSecurityGroupIds: groupIds }),
        )
      },
    },
    {
      field: /^privateDns$/,
      does: 'switches its private DNS name',
      act: (scene) => {
        const endpoint = endpointOf(scene)
        endpoint.privateDnsEnabled = !endpoint.privateDnsEnabled
      },
    },
  ],
  'hosted-zone': [
    {
      field: /^tags$/,
      does: 'takes a tag off',
      act: (scene) => {
        delete there(scene.world.route53.zones[fact(scene, 'zoneId')]).tags['privlink:node']
      },
    },
  ],
  'dns-record': [
    {
      field: /^evaluateTargetHealth$/,
      does: "makes it follow the endpoint's health",
      act: (scene) => {
        const { records } = there(scene.world.route53.zones[fact(scene, 'zoneId')])
        there(records.find(({ alias }) => alias !== undefined)?.alias).evaluateTargetHealth = true
      },
    },
  ],
  'private-dns-name': [
    {
      field: /^name$/,
      does: 'gives the service another name',
      unused: true,
      act: (scene) => {
        there(serviceOf(scene).privateDns).name = 'other.acme.com'
      },
    },
  ],
  'endpoint-service': [
    {
      field: /^acceptanceRequired$/,
      does: 'accepts everybody',
      act: (scene) => {
        serviceOf(scene).acceptanceRequired = false
      },
    },
    {
      field: /^loadBalancerArns$/,
      does: 'puts it on another load balancer',
      unused: true,
      act: (scene) => {
        const service = serviceOf(scene)
        service.loadBalancerArns = service.loadBalancerArns.map((arn) => arn.replace(/\/net\/.*/, '/net/other/0bad'))
      },
    },
  ],
  'load-balancer': [
    {
      field: /cross_zone/,
      does: 'keeps each zone to itself',
      act: (scene) => {
        balancerOf(scene).attributes['load_balancing.cross_zone.enabled'] = 'false'
      },
    },
    {
      field: /^securityGroupIds$/,
      does: 'puts it in another security group',
      act: (scene) => {
        const balancer = balancerOf(scene)
        balancer.groupIds = [defaultGroupOf(scene, balancer.vpcId)]
      },
    },
    {
      field: /^enforceOnPrivateLink$/,
      does: 'enforces its rules on what comes through the link',
      act: (scene) => {
        balancerOf(scene).enforceOnPrivateLink = 'on'
      },
    },
    {
      field: /^subnetIds$/,
      does: 'takes it out of a subnet',
      act: (scene) => {
        const { arn: LoadBalancerArn, subnetIds } = balancerOf(scene)
        return scene.clients.elbv2.send(new SetSubnetsCommand({ LoadBalancerArn, Subnets: subnetIds.slice(0, 1) }))
      },
      // Not while endpoints of its service stand in that zone.
      unused: true,
    },
  ],
  'target-group': [
    {
      field: /preserve_client_ip/,
      except: ({ protocol }) => protocol === 'HTTPS',
      does: "preserves the clients' addresses",
      act: (scene) => {
        targetGroupOf(scene).attributes['preserve_client_ip.enabled'] = 'true'
      },
    },
    {
      field: /deregistration_delay/,
      does: 'drains for longer',
      act: (scene) => {
        targetGroupOf(scene).attributes['deregistration_delay.timeout_seconds'] = '300'
      },
    },
    {
      field: /^healthCheck$/,
      does: 'checks their health in another way',
      act: (scene) => {
        targetGroupOf(scene).healthCheck = { ...targetGroupOf(scene).healthCheck, protocol: 'HTTP', path: '/other' }
      },
    },
    {
      field: /^targets$/,
      does: 'registers another target in the place of one',
      act: (scene) => {
        const { targets } = targetGroupOf(scene)
        const first = there(targets[0])
        targets.splice(0, 1, { ...first, id: first.id.replace(/\d+$/, '251') })
      },
    },
  ],
  listener: [
    {
      field: /^port$/,
      does: 'moves it to another port',
      act: (scene) => {
        listenerOf(scene).port = 8443
      },
    },
    {
      field: /^protocol$/,
      does: 'lets UDP in too',
      act: (scene) => {
        listenerOf(scene).protocol = 'TCP_UDP'
      },
    },
    {
      field: /^targetGroupArn$/,
      does: 'forwards to another target group',
      act: (scene) => {
        const listener = listenerOf(scene)
        const others = Object.keys(scene.world.elbv2.targetGroups).filter((arn) => arn !== listener.targetGroupArn)
        listener.targetGroupArn = others[0] ?? there(listener.targetGroupArn).replace(/[^/]+$/, '0bad')
      },
    },
  ],
  'trust-store': [
    {
      field: /^bundle$/,
      does: 'forgets what it was read from',
      act: (scene) => {
        delete trustStoreOf(scene).tags['privlink:bundle']
      },
    },
    {
      field: /^revocations$/,
      does: 'takes the list of those who were revoked away',
      act: (scene) => {
        trustStoreOf(scene).revocations = []
      },
    },
    {
      field: /^revocations$/,
      does: 'adds a list of somebody else',
      act: (scene) => {
        const { revocations } = trustStoreOf(scene)
        revocations.push({ ...there(revocations[0]), revocationId: 77 })
      },
    },
  ],
  'proxy-load-balancer': [
    {
      field: /drop_invalid_header_fields/,
      does: 'lets headers with strange names through',
      act: (scene) => {
        balancerOf(scene).attributes['routing.http.drop_invalid_header_fields.enabled'] = 'false'
      },
    },
    {
      field: /^securityGroupIds$/,
      does: 'puts it in another security group',
      act: (scene) => {
        const balancer = balancerOf(scene)
        balancer.groupIds = [defaultGroupOf(scene, balancer.vpcId)]
      },
    },
    {
      field: /^subnetIds$/,
      does: 'takes it out of a subnet',
      act: (scene) => {
        const balancer = balancerOf(scene)
        balancer.subnetIds = balancer.subnetIds.slice(0, 1)
      },
    },
  ],
  'mtls-listener': [
    {
      field: /^mutualAuthentication$/,
      does: 'lets everybody in',
      act: (scene) => {
        listenerOf(scene).mutualAuthentication = { mode: 'off' }
      },
    },
    {
      field: /^mutualAuthentication$/,
      does: 'forgives that certificates have expired',
      act: (scene) => {
        there(listenerOf(scene).mutualAuthentication).ignoreExpiry = true
      },
    },
    {
      field: /^policy$/,
      does: 'lets weaker ciphers in',
      act: (scene) => {
        listenerOf(scene).sslPolicy = 'ELBSecurityPolicy-2016-08'
      },
    },
    {
      field: /^certificateArn$/,
      does: 'shows another certificate',
      act: (scene) => {
        listenerOf(scene).certificateArn = 'arn:aws:acm:us-east-1:842340000000:certificate/other'
      },
    },
    {
      field: /^otherwise$/,
      does: 'says something else to those whom no rule knows',
      act: (scene) => {
        listenerOf(scene).fixedResponse = { statusCode: '503' }
      },
    },
  ],
  'health-listener': [
    {
      field: /^answer$/,
      does: 'lets it say something else',
      act: (scene) => {
        listenerOf(scene).fixedResponse = { statusCode: '503' }
      },
    },
    {
      field: /^port$/,
      does: 'moves it to another port',
      act: (scene) => {
        listenerOf(scene).port = 8080
      },
    },
  ],
  'rewrite-rule': [
    {
      field: /^conditions$/,
      does: 'lets it fit another name',
      act: (scene) => {
        ruleOf(scene).conditions = [{ field: 'host-header', values: ['other.example'] }]
      },
    },
    {
      field: /^targetGroupArn$/,
      does: 'leads it elsewhere',
      act: (scene) => {
        const rule = ruleOf(scene)
        rule.targetGroupArn = there(rule.targetGroupArn).replace(/[^/]+$/, '0bad')
      },
    },
    {
      field: /^transforms$/,
      does: 'leaves the Host header as it is',
      act: (scene) => {
        const rule = ruleOf(scene)
        rule.transforms = rule.transforms.filter(({ type }) => type !== 'host-header-rewrite')
      },
    },
  ],
  'alb-target-group': [
    {
      field: /^healthCheck$/,
      does: 'checks its health on another port',
      act: (scene) => {
        targetGroupOf(scene).healthCheck.port = 'traffic-port'
      },
    },
    {
      field: /^targets$/,
      does: 'takes the proxy out',
      act: (scene) => {
        targetGroupOf(scene).targets = []
      },
    },
    {
      field: /^targets$/,
      does: 'registers another one in its place',
      act: (scene) => {
        const first = there(targetGroupOf(scene).targets[0])
        first.id = first.id.replace(/[^/]+$/, '0bad')
      },
    },
  ],
  'api-definition': [
    {
      field: /^policy$/,
      does: 'lets everybody in',
      act: (scene) => {
        const Statement = [
          { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' },
        ]
        apiOf(scene).policy = JSON.stringify({ Version: '2012-10-17', Statement })
      },
    },
    {
      field: /^vpcEndpointIds$/,
      does: 'takes the endpoints away',
      act: (scene) => {
        apiOf(scene).vpcEndpointIds = []
      },
    },
    {
      field: /^binaryMediaTypes$/,
      does: 'changes what passes byte by byte',
      act: (scene) => {
        apiOf(scene).binaryMediaTypes = ['image/png']
      },
    },
    {
      field: /^methods$/,
      does: 'deletes the methods of a resource',
      act: (scene) => {
        const resources = Object.values(apiOf(scene).resources)
        there(resources.find(({ methods }) => Object.keys(methods).length > 0)).methods = {}
      },
    },
    {
      field: / uri$/,
      does: 'leads a method elsewhere',
      act: (scene) => {
        const methods = Object.values(apiOf(scene).resources).flatMap((resource) => Object.values(resource.methods))
        const { integration } = there(methods.find(({ integration: one }) => one?.uri !== undefined))
        there(integration).uri = 'http://elsewhere.example/'
      },
    },
  ],
  'front-definition': [
    {
      field: /^binaryMediaTypes$/,
      does: 'changes what passes byte by byte',
      act: (scene) => {
        apiOf(scene).binaryMediaTypes = ['image/png']
      },
    },
    {
      field: /^methods$/,
      does: 'deletes the methods of a route',
      act: (scene) => {
        const resources = Object.values(apiOf(scene).resources)
        there(resources.find(({ methods }) => Object.keys(methods).length > 0)).methods = {}
      },
    },
    {
      field: / uri$/,
      does: 'leads a route elsewhere',
      act: (scene) => {
        const { integration } = routeOf(scene)
        there(integration).uri = 'https://elsewhere.example/'
      },
    },
    {
      field: / authorization$/,
      does: 'takes the lock off a route',
      act: (scene) => {
        Object.assign(routeOf(scene), { authorizationType: 'NONE', authorizerId: undefined })
      },
    },
    {
      field: /^authorizer providerARNs$/,
      does: 'lets in the users of another pool',
      act: (scene) => {
        const authorizer = there(Object.values(apiOf(scene).authorizers ?? {})[0])
        authorizer.providerARNs = ['arn:aws:cognito-idp:us-east-1:842340000000:userpool/us-east-1_Other']
      },
    },
  ],
  'stage-settings': [
    {
      field: /destinationArn$/,
      does: 'sends the logs elsewhere',
      act: (scene) => {
        const stage = there(apiOf(scene).stages[fact(scene, 'stageName')])
        stage.accessLogSettings = {
          ...stage.accessLogSettings,
          destinationArn: 'arn:aws:logs:us-east-1:842340000000:log-group:other',
        }
      },
    },
    {
      field: /rateLimit$/,
      does: 'lets more through',
      act: (scene) => {
        there(apiOf(scene).stages[fact(scene, 'stageName')]?.methodSettings['*/*']).throttlingRateLimit = 9000
      },
    },
  ],
  'policy-entry': [
    {
      field: /^policy$/,
      does: 'takes our endpoint out of the policy',
      act: (scene) => {
        const api = apiOf(scene)
        const endpointId = fact(scene, 'endpointId')
        api.policy = there(api.policy).replace(new RegExp(`,?"${endpointId}"`), '')
      },
    },
    {
      field: /^deployment$/,
      does: 'goes back to a deployment of before',
      act: (scene) => {
        const api = apiOf(scene)
        const stage = there(api.stages[fact(scene, 'stageName')])
        stage.deploymentId = there(
          Object.values(api.deployments).find(({ description }) => description === 'made by hand'),
        ).deploymentId
      },
    },
  ],
  stage: [
    {
      field: /^deployment$/,
      does: 'deploys something else',
      act: (scene) =>
        scene.clients.apigateway.send(
          new CreateDeploymentCommand({
            restApiId: fact(scene, 'apiId'),
            stageName: fact(scene, 'stageName'),
            description: 'hotfix',
          }),
        ),
    },
  ],
  'task-definition': [
    {
      field: /^definition$/,
      does: 'registers a revision of their own',
      act: (scene) => {
        const { family, definition } = there(scene.world.ecs.taskDefinitions[fact(scene, 'taskDefinitionArn')])
        return scene.clients.ecs.send(new RegisterTaskDefinitionCommand({ ...definition, family, memory: '1024' }))
      },
    },
  ],
  'ecs-service': [
    {
      field: /^desiredCount$/,
      does: 'wants fewer tasks',
      act: (scene) => {
        const { arn: service, clusterArn: cluster } = serviceOfTasks(scene)
        return scene.clients.ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 1 }))
      },
    },
    {
      field: /^subnetIds$/,
      does: 'keeps the tasks in one subnet',
      act: (scene) => {
        const { placement } = there(serviceOfTasks(scene).deployments[0])
        placement.subnetIds = placement.subnetIds.slice(0, 1)
      },
    },
    {
      field: /^securityGroupIds$/,
      does: 'puts the tasks in another security group',
      act: (scene) => {
        const { placement } = there(serviceOfTasks(scene).deployments[0])
        const vpcId = there(scene.world.ec2.subnets[placement.subnetIds[0] ?? '']).vpcId
        placement.groupIds = [defaultGroupOf(scene, vpcId)]
      },
    },
  ],
  'stage-link': [
    {
      field: /^vpcLinkId$/,
      does: 'leads it to another link',
      act: (scene) => {
        there(apiOf(scene).stages[fact(scene, 'stageName')]).variables['vpcLinkId'] = '0bad00'
      },
    },
  ],
  secret: [
    {
      field: /^fingerprint$/,
      does: 'puts what it held before back',
      act: (scene) => {
        secretOf(scene).tags[fingerprintTag] = 'zero'
      },
    },
    {
      field: /^deletion$/,
      does: 'schedules it for deletion',
      act: (scene) =>
        scene.clients.secretsmanager.send(new DeleteSecretCommand({ SecretId: fact(scene, 'secretArn') })),
    },
  ],
  'log-group': [
    {
      field: /^retentionDays$/,
      does: 'keeps all events for ever',
      act: (scene) =>
        scene.clients.logs.send(new DeleteRetentionPolicyCommand({ logGroupName: fact(scene, 'logGroupName') })),
    },
  ],
  'gateway-endpoint': [
    {
      field: /^routeTableIds$/,
      does: 'takes it out of a route table',
      act: (scene) => {
        const { endpointId: VpcEndpointId, routeTableIds } = endpointOf(scene)
        return scene.clients.ec2.send(
          new ModifyVpcEndpointCommand({ VpcEndpointId, RemoveRouteTableIds: routeTableIds.slice(0, 1) }),
        )
      },
    },
  ],
  'lambda-function': [
    {
      field: /^timeout$/,
      does: 'gives it less time',
      act: (scene) => void (functionOf(scene).timeout = 3),
    },
    {
      field: /^environment$/,
      does: 'lets it call something else',
      act: (scene) => void (functionOf(scene).environment['API_HOST'] = 'elsewhere.example.com'),
    },
    {
      field: /^code$/,
      does: 'replaces its code',
      act: ({ clients, facts }) =>
        clients.lambda.send(
          new UpdateFunctionCodeCommand({
            FunctionName: String(facts['functionArn']),
            ZipFile: zipSync({ 'index.mjs': strToU8('export const handler = () => 0') }),
          }),
        ),
    },
    {
      field: /^securityGroupIds$/,
      does: 'puts it into another security group',
      act: (scene) => {
        const { arn, vpc } = functionOf(scene)
        const SecurityGroupIds = [defaultGroupOf(scene, vpc?.vpcId ?? '')]
        const VpcConfig = { SubnetIds: vpc?.subnetIds ?? [], SecurityGroupIds }
        return scene.clients.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: arn, VpcConfig }))
      },
    },
  ],
  role: [
    {
      field: /^trust$/,
      does: 'lets another service act as it',
      act: (scene) => {
        const Statement = [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }]
        const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
        const RoleName = fact(scene, 'roleName')
        return scene.clients.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }))
      },
    },
    {
      field: /^policy$/,
      does: 'lets it do everything',
      act: (scene) => {
        const Statement = [{ Effect: 'Allow', Action: '*', Resource: '*' }]
        const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
        const named = { RoleName: fact(scene, 'roleName'), PolicyName: 'privlink' }
        return scene.clients.iam.send(new PutRolePolicyCommand({ ...named, PolicyDocument }))
      },
    },
  ],
}
