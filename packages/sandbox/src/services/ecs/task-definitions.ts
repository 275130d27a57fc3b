import { ownOf } from '../../reads/own-resources.ts'
import type {
  DeleteTaskDefinitionsRequest,
  DeleteTaskDefinitionsResponse,
  DeregisterTaskDefinitionRequest,
  DeregisterTaskDefinitionResponse,
  DescribeTaskDefinitionRequest,
  DescribeTaskDefinitionResponse,
  ListTaskDefinitionsRequest,
  ListTaskDefinitionsResponse,
  RegisterTaskDefinitionRequest,
  RegisterTaskDefinitionResponse,
  TaskDefinition as ShownDefinition,
} from '@aws-sdk/client-ecs'

import { type Call, operation } from '../operation.ts'
import { durations } from '../../state/durations.ts'
import { checkDefinition } from './definition-checks.ts'
import { isUsed } from './life.ts'
import {
  arnOf,
  checkName,
  clientError,
  findTaskDefinition,
  invalid,
  page,
  readTags,
  revisionsOf,
  showTags,
} from './lookup.ts'
import type { TaskDefinition } from '../../state/ecs.ts'
import { onRevisions, registersTaskDefinition } from './required-permissions.ts'

function show(one: TaskDefinition, now: number): ShownDefinition {
  const { definition, deregisteredAt, deletedAt } = one
  const status = deletedAt === undefined ? (deregisteredAt === undefined ? 'ACTIVE' : 'INACTIVE') : 'DELETE_IN_PROGRESS'
  return {
    volumes: [],
    placementConstraints: [],
    ...definition,
    taskDefinitionArn: one.arn,
    family: one.family,
    revision: one.revision,
    status,
    compatibilities: ['EC2', 'FARGATE'],
    registeredAt: new Date(one.createdAt),
    registeredBy: one.registeredBy,
    ...(deregisteredAt !== undefined && { deregisteredAt: new Date(deregisteredAt) }),
    ...(deletedAt !== undefined && deletedAt <= now && { deleteRequestedAt: new Date(deletedAt) }),
  }
}

/** Throws ClientException, in the words that Terraform's provider looks for. */
function taskDefinition(call: Call, text: string | undefined): TaskDefinition {
  const found = findTaskDefinition(call, text)
  if (!found) throw clientError('Unable to describe task definition.')
  return found
}

export const taskDefinitionOperations = {
  // No idempotency: each call is a revision of its own, and numbers are never used again (API_RegisterTaskDefinition).
  RegisterTaskDefinition: operation<RegisterTaskDefinitionRequest, RegisterTaskDefinitionResponse>()(
    [
      'family',
      'taskRoleArn',
      'executionRoleArn',
      'networkMode',
      'containerDefinitions',
      'volumes',
      'requiresCompatibilities',
      'cpu',
      'memory',
      'tags',
      'ephemeralStorage',
      'runtimePlatform',
      'enableFaultInjection',
    ],
    registersTaskDefinition,
    ({ family = '', tags, ...given }, call) => {
      checkName('Family', family)
      const definition = checkDefinition(call, given)
      const all = ownOf(call, call.world.ecs.taskDefinitions).filter((one) => one.family === family)
      const revision = Math.max(0, ...all.map((one) => one.revision)) + 1
      const made: TaskDefinition = {
        arn: arnOf(call, `task-definition/${family}:${revision}`),
        family,
        revision,
        definition,
        registeredBy: call.principal,
        tags: readTags(tags),
        account: call.account,
        region: call.region,
        createdAt: call.now,
      }
      call.world.ecs.taskDefinitions[made.arn] = made
      return { taskDefinition: show(made, call.now), tags: showTags(made.tags) }
    },
  ),

  DescribeTaskDefinition: operation<DescribeTaskDefinitionRequest, DescribeTaskDefinitionResponse>()(
    ['taskDefinition', 'include'],
    '*',
    ({ taskDefinition: text, include = [] }, call) => {
      const found = taskDefinition(call, text)
      return {
        taskDefinition: show(found, call.now),
        ...(include.includes('TAGS') && { tags: showTags(found.tags) }),
      }
    },
  ),

  ListTaskDefinitions: operation<ListTaskDefinitionsRequest, ListTaskDefinitionsResponse>()(
    ['familyPrefix', 'status', 'sort', 'nextToken', 'maxResults'],
    '*',
    ({ familyPrefix, status = 'ACTIVE', sort = 'ASC', nextToken, maxResults }, call) => {
      const families = [...new Set(ownOf(call, call.world.ecs.taskDefinitions).map(({ family }) => family))].sort()
      const ascending = families
        // In spite of its name, it is a whole family (API_ListTaskDefinitions).
        .filter((family) => familyPrefix === undefined || family === familyPrefix)
        .flatMap((family) => revisionsOf(call, family))
        .filter((one) => show(one, call.now).status === status)
      const [found, next] = page(sort === 'DESC' ? ascending.toReversed() : ascending, nextToken, maxResults)
      return { taskDefinitionArns: found.map(({ arn }) => arn), ...(next !== undefined && { nextToken: next }) }
    },
  ),

  DeregisterTaskDefinition: operation<DeregisterTaskDefinitionRequest, DeregisterTaskDefinitionResponse>()(
    ['taskDefinition'],
    '*',
    ({ taskDefinition: text = '' }, call) => {
      if (!/:\d+$/.test(text)) throw clientError('Missing revision in task definition.')
      const found = taskDefinition(call, text)
      if (found.deletedAt !== undefined) throw clientError('The specified task definition is being deleted.')
      found.deregisteredAt ??= call.now
      return { taskDefinition: show(found, call.now) }
    },
  ),

  // Up to ten at once, and only what has been deregistered (API_DeleteTaskDefinitions).
  DeleteTaskDefinitions: operation<DeleteTaskDefinitionsRequest, DeleteTaskDefinitionsResponse>()(
    ['taskDefinitions'],
    onRevisions,
    ({ taskDefinitions: texts = [] }, call) => {
      if (texts.length === 0 || texts.length > 10)
        throw invalid('The number of task definitions must be between 1 and 10.')
      const found = texts.map((text) => [text, findTaskDefinition(call, text)] as const)
      const ready = found.flatMap(([, one]) => (one?.deregisteredAt === undefined ? [] : [one]))
      for (const one of ready) {
        one.deletedAt ??= call.now
        if (!isUsed(call.world, call.now, one)) one.goneAt ??= call.now + durations.taskDefinitionGone
      }
      return {
        taskDefinitions: ready.map((one) => show(one, call.now)),
        failures: found.flatMap(([arn, one]) => {
          if (!one) return [{ arn, reason: 'The specified task definition does not exist.' }]
          return one.deregisteredAt === undefined
            ? [{ arn, reason: 'The specified task definition is still in ACTIVE status.' }]
            : []
        }),
      }
    },
  ),
}
