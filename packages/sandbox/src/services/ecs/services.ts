import { refuse } from '../../state/aws-error.ts'
import type {
  CreateServiceRequest,
  CreateServiceResponse,
  DeleteServiceRequest,
  DeleteServiceResponse,
  DeploymentConfiguration,
  DescribeServicesRequest,
  DescribeServicesResponse,
  ListServicesRequest,
  ListServicesResponse,
  UpdateServiceRequest,
  UpdateServiceResponse,
} from '@aws-sdk/client-ecs'

import { type Call, operation } from '../operation.ts'
import { exists } from '../../state/world.ts'
import {
  getActiveCluster,
  arnOf,
  checkName,
  findService,
  invalid,
  getActiveService,
  missing,
  page,
  readTags,
} from './lookup.ts'
import { deploy } from './schedule.ts'
import { checkTargetGroups, readPlacement, runnable } from './service-checks.ts'
import { showService } from './show-service.ts'
import type { EcsService } from '../../state/ecs.ts'
import { onService, listsInCluster, onServices, createsService } from './required-permissions.ts'

/** Settings that make no difference here: `false` and the defaults are taken and shown again. */
const harmless: Readonly<Record<string, readonly unknown[]>> = {
  launchType: ['FARGATE'],
  schedulingStrategy: ['REPLICA'],
  platformVersion: ['LATEST', '1.4.0'],
  enableECSManagedTags: [true, false],
  enableExecuteCommand: [false],
  propagateTags: ['NONE', 'SERVICE', 'TASK_DEFINITION'],
  availabilityZoneRebalancing: ['ENABLED', 'DISABLED'],
}

/** Throws InvalidParameterException for what would make a difference. */
function readHarmless(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const said = Object.entries(given).filter(([, value]) => value !== undefined)
  const harmful = said.find(([name, value]) => harmless[name]?.includes(value) !== true)
  if (harmful) throw invalid(`The sandbox does not model ${harmful[0]} ${JSON.stringify(harmful[1])}.`)
  return Object.fromEntries(said)
}

/** Defaults of a rolling update (API_DeploymentConfiguration). Throws InvalidParameterException. */
function readPercents(given: DeploymentConfiguration = {}, was = { minimumHealthyPercent: 100, maximumPercent: 200 }) {
  if (given.deploymentCircuitBreaker?.enable === true || given.alarms?.enable === true)
    throw invalid('The sandbox models neither deployment circuit breakers nor alarms.')
  if (given.strategy !== undefined && given.strategy !== 'ROLLING')
    throw invalid('The sandbox models rolling deployments only.')
  const { minimumHealthyPercent = was.minimumHealthyPercent, maximumPercent = was.maximumPercent } = given
  if (maximumPercent <= minimumHealthyPercent && maximumPercent < 100)
    throw invalid('maximumPercent must be at least 100 and greater than minimumHealthyPercent.')
  return { minimumHealthyPercent, maximumPercent }
}

const shown = (call: Call, service: EcsService) => ({ service: showService(call.world, call.now, service) })

export const serviceOperations = {
  CreateService: operation<CreateServiceRequest, CreateServiceResponse>()(
    [
      'cluster',
      'serviceName',
      'taskDefinition',
      'loadBalancers',
      'desiredCount',
      'clientToken',
      'launchType',
      'platformVersion',
      'deploymentConfiguration',
      'deploymentController',
      'networkConfiguration',
      'healthCheckGracePeriodSeconds',
      'schedulingStrategy',
      'tags',
      'enableECSManagedTags',
      'propagateTags',
      'enableExecuteCommand',
      'availabilityZoneRebalancing',
    ],
    createsService,
    (input, call) => {
      const { cluster, serviceName: name = '', clientToken, taskDefinition, loadBalancers = [], desiredCount } = input
      checkName('Service', name)
      const { arn: clusterArn, name: clusterName } = getActiveCluster(call, cluster)
      const arn = arnOf(call, `service/${clusterName}/${name}`)
      const there = call.world.ecs.services[arn]
      if (there && exists(there, call.now)) {
        if (there.drainingSince !== undefined) throw invalid('Unable to Start a service that is still Draining.')
        if (clientToken !== undefined && there.clientToken === clientToken) return shown(call, there)
        throw invalid('Creation of service was not idempotent.')
      }
      const { tags, launchType = 'EC2', schedulingStrategy, platformVersion } = input
      const { enableECSManagedTags, propagateTags, enableExecuteCommand, availabilityZoneRebalancing } = input
      const settings = { launchType, schedulingStrategy, platformVersion, enableECSManagedTags, propagateTags }
      const revision = runnable(call, taskDefinition)
      checkController(input.deploymentController?.type)
      if (desiredCount === undefined) throw invalid('Desired count must be provided for replica services.')
      const placement = readPlacement(call, input.networkConfiguration)
      checkTargetGroups(call, loadBalancers, revision)
      const service: EcsService = {
        arn,
        name,
        clusterArn,
        desiredCount,
        loadBalancers,
        gracePeriodSeconds: readGrace(input.healthCheckGracePeriodSeconds, loadBalancers.length),
        ...readPercents(input.deploymentConfiguration),
        shown: readHarmless({ ...settings, enableExecuteCommand, availabilityZoneRebalancing }),
        deployments: [],
        events: [],
        ...(clientToken !== undefined && { clientToken }),
        tags: readTags(tags),
        account: call.account,
        region: call.region,
        createdAt: call.now,
      }
      deploy(call.world, call.now, service, { taskDefinitionArn: revision.arn, placement })
      call.world.ecs.services[arn] = service
      return shown(call, service)
    },
  ),

  UpdateService: operation<UpdateServiceRequest, UpdateServiceResponse>()(
    [
      'cluster',
      'service',
      'desiredCount',
      'taskDefinition',
      'deploymentConfiguration',
      'networkConfiguration',
      'platformVersion',
      'forceNewDeployment',
      'healthCheckGracePeriodSeconds',
      'enableExecuteCommand',
      'enableECSManagedTags',
      'propagateTags',
      'availabilityZoneRebalancing',
    ],
    onService,
    (input, call) => {
      const service = getActiveService(call, getActiveCluster(call, input.cluster), input.service)
      if (service.drainingSince !== undefined) throw refuse('ServiceNotActiveException', 'Service was not ACTIVE.')
      const [primary] = service.deployments
      const { platformVersion, enableECSManagedTags, propagateTags, enableExecuteCommand } = input
      const { availabilityZoneRebalancing, forceNewDeployment = false, networkConfiguration } = input
      const settings = { platformVersion, enableECSManagedTags, propagateTags, enableExecuteCommand }
      const asked = readHarmless({ ...settings, availabilityZoneRebalancing })
      const revision = runnable(call, input.taskDefinition ?? primary?.taskDefinitionArn)
      const placement = networkConfiguration ? readPlacement(call, networkConfiguration) : primary?.placement
      checkTargetGroups(call, service.loadBalancers, revision)
      if (input.healthCheckGracePeriodSeconds !== undefined)
        service.gracePeriodSeconds = readGrace(input.healthCheckGracePeriodSeconds, service.loadBalancers.length)
      Object.assign(service, readPercents(input.deploymentConfiguration, service))
      Object.assign(service.shown, asked)
      if (input.desiredCount !== undefined && input.desiredCount !== service.desiredCount) {
        service.desiredCount = input.desiredCount
        if (primary) primary.updatedAt = call.now
      }
      const isNew = revision.arn !== primary?.taskDefinitionArn || placement !== primary.placement
      if (placement && (isNew || forceNewDeployment))
        deploy(call.world, call.now, service, { taskDefinitionArn: revision.arn, placement })
      return shown(call, service)
    },
  ),

  DescribeServices: operation<DescribeServicesRequest, DescribeServicesResponse>()(
    ['cluster', 'services', 'include'],
    onServices,
    ({ cluster, services = [], include = [] }, call) => {
      if (services.length === 0 || services.length > 10) throw invalid('Services must be between 1 and 10.')
      const holder = getActiveCluster(call, cluster)
      const found = services.map((text) => [text, findService(call, holder, text)] as const)
      return {
        services: found.flatMap(([, one]) => {
          if (!one) return []
          const { tags = [], ...rest } = showService(call.world, call.now, one)
          return [include.includes('TAGS') ? { ...rest, tags } : rest]
        }),
        failures: found.flatMap(([text, one]) =>
          one ? [] : [missing(text.startsWith('arn:') ? text : arnOf(call, `service/${holder.name}/${text}`))],
        ),
      }
    },
  ),

  ListServices: operation<ListServicesRequest, ListServicesResponse>()(
    ['cluster', 'nextToken', 'maxResults'],
    listsInCluster,
    ({ cluster, nextToken, maxResults = 10 }, call) => {
      const holder = getActiveCluster(call, cluster)
      const there = Object.values(call.world.ecs.services).filter(
        (one) => one.clusterArn === holder.arn && exists(one, call.now),
      )
      const [found, next] = page(there, nextToken, maxResults)
      return { serviceArns: found.map(({ arn }) => arn), ...(next !== undefined && { nextToken: next }) }
    },
  ),

  // ACTIVE, then DRAINING while its tasks stop, then INACTIVE (API_DeleteService).
  DeleteService: operation<DeleteServiceRequest, DeleteServiceResponse>()(
    ['cluster', 'service', 'force'],
    onService,
    ({ cluster, service: text, force = false }, call) => {
      const service = getActiveService(call, getActiveCluster(call, cluster), text)
      if (!force && service.desiredCount > 0 && service.drainingSince === undefined)
        throw invalid('The service cannot be stopped while it is scaled above 0.')
      service.drainingSince ??= call.now
      service.desiredCount = 0
      return shown(call, service)
    },
  ),
}

function checkController(type = 'ECS'): void {
  if (type !== 'ECS') throw invalid(`The sandbox does not model the deployment controller ${type}.`)
}

function readGrace(seconds: number | undefined, balancers: number): number {
  if (seconds !== undefined && seconds > 0 && balancers === 0)
    throw invalid('Health check grace period is only valid for services configured to use load balancers')
  return seconds ?? 0
}
