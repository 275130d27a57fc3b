import { AwsError } from '../../state/aws-error.ts'
import type {
  CreateServiceRequest,
  CreateServiceResponse,
  DeleteServiceRequest,
  DeleteServiceResponse,
  DescribeServicesRequest,
  DescribeServicesResponse,
  ListServicesRequest,
  ListServicesResponse,
  UpdateServiceRequest,
  UpdateServiceResponse,
} from '@aws-sdk/client-ecs'

import { type Call, operation } from '../operation.ts'
import { exists, newId, type World } from '../../state/world.ts'
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
import { checkTargetGroups, readPlacement, runnable } from './service-checks.ts'
import { showService } from './show-service.ts'
import type { EcsService, Deployment } from '../../state/ecs.ts'
import { onService, listsInCluster, onServices, createsService } from './required-permissions.ts'
import { readHarmless, readPercents, checkController, readGrace } from './service-settings.ts'

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
      if (service.drainingSince !== undefined)
        throw new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.')
      const [primary] = service.deployments
      const { platformVersion, enableECSManagedTags, propagateTags, enableExecuteCommand } = input
      const { availabilityZoneRebalancing, forceNewDeployment = false, networkConfiguration } = input
      const settings = { platformVersion, enableECSManagedTags, propagateTags, enableExecuteCommand }
      const harmlessSettings = readHarmless({ ...settings, availabilityZoneRebalancing })
      const revision = runnable(call, input.taskDefinition ?? primary?.taskDefinitionArn)
      const placement = networkConfiguration ? readPlacement(call, networkConfiguration) : primary?.placement
      checkTargetGroups(call, service.loadBalancers, revision)
      if (input.healthCheckGracePeriodSeconds !== undefined)
        service.gracePeriodSeconds = readGrace(input.healthCheckGracePeriodSeconds, service.loadBalancers.length)
      Object.assign(service, readPercents(input.deploymentConfiguration, service))
      Object.assign(service.shown, harmlessSettings)
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

/** A new primary deployment before those that are there. */
function deploy(
  world: World,
  now: number,
  service: EcsService,
  wanted: Pick<Deployment, 'taskDefinitionArn' | 'placement'>,
): void {
  const digits = BigInt(`0x${newId(world, '', 16)}`)
    .toString()
    .padStart(19, '0')
    .slice(0, 19)
  const deployment = { ...wanted, id: `ecs-svc/${digits}`, createdAt: now, updatedAt: now, failedTasks: 0 }
  service.deployments = [deployment, ...service.deployments]
}
