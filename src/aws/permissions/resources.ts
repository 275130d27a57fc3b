import type { AccountScope } from './permission.ts'

/**
 * Resources by their ARNs (Service Authorization Reference, "Resource types defined by ..."). `PREFIX` begins our
 * names.
 */
type Resources = (scope: AccountScope) => string[]

const arns =
  (service: string, { regional = true, owned = true } = {}) =>
  (...names: string[]): Resources =>
  ({ partition, region, id, namePrefix }) =>
    names.map((name) =>
      ['arn', partition, service, regional ? region : '', owned ? id : '', name.replaceAll('PREFIX', namePrefix)].join(
        ':',
      ),
    )

export const api = arns('apigateway', { owned: false })
export const ec2 = arns('ec2')
export const ecs = arns('ecs')
export const elb = arns('elasticloadbalancing')
export const secrets = arns('secretsmanager')('secret:PREFIX*')

/** Parts of the REST APIs of others that the config names: they carry no tag of ours. */
export const producerApis =
  (part: string): Resources =>
  (scope) =>
    scope.producerApiIds.flatMap((id) => api(`/restapis/${id}${part}`)(scope))

export const namedVpcs: Resources = (scope) => scope.vpcIds.flatMap((id) => ec2(`vpc/${id}`)(scope))
export const namedSubnets: Resources = (scope) => scope.subnetIds.flatMap((id) => ec2(`subnet/${id}`)(scope))

export const clusters = 'cluster/PREFIX*'
export const services = 'service/PREFIX*/PREFIX*'
export const taskDefinitions = 'task-definition/PREFIX*:*'

const iam = arns('iam', { regional: false })

/** Roles of the deployment. */
export const roles = iam('role/PREFIX*')

/** AWS makes it with the first thing of its kind in an account ("Service-linked roles", guides of ELB and ECS). */
export const serviceLinkedRole = (service: string): Resources => iam(`role/aws-service-role/${service}/*`)

/** Functions of the deployment. */
export const functions = arns('lambda')('function:PREFIX*')

/** Functions of others that the config names. */
export const namedFunctions: Resources = ({ functionArns }) => [...functionArns]

/** A name of a log group also stands for its streams ("CloudWatch Logs resources and operations"). */
export const logGroups = arns('logs')

export const hostedZones = arns('route53', { regional: false, owned: false })('hostedzone/*')
export const zoneChanges = arns('route53', { regional: false, owned: false })('change/*')

/** Objects in S3 that the config names. */
export const storedObjects: Resources = ({ partition, storedObjects: paths }) =>
  paths.map((path) => `arn:${partition}:s3:::${path}`)
