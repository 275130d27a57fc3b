import type { DeploymentConfiguration } from '@aws-sdk/client-ecs'
import { invalid } from './lookup.ts'

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
export function readHarmless(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const said = Object.entries(given).filter(([, value]) => value !== undefined)
  const harmful = said.find(([name, value]) => harmless[name]?.includes(value) !== true)
  if (harmful) throw invalid(`The sandbox does not model ${harmful[0]} ${JSON.stringify(harmful[1])}.`)
  return Object.fromEntries(said)
}

/** Defaults of a rolling update (API_DeploymentConfiguration). Throws InvalidParameterException. */
export function readPercents(
  given: DeploymentConfiguration = {},
  was = { minimumHealthyPercent: 100, maximumPercent: 200 },
) {
  if (given.deploymentCircuitBreaker?.enable === true || given.alarms?.enable === true)
    throw invalid('The sandbox models neither deployment circuit breakers nor alarms.')
  if (given.strategy !== undefined && given.strategy !== 'ROLLING')
    throw invalid('The sandbox models rolling deployments only.')
  const { minimumHealthyPercent = was.minimumHealthyPercent, maximumPercent = was.maximumPercent } = given
  if (maximumPercent <= minimumHealthyPercent && maximumPercent < 100)
    throw invalid('maximumPercent must be at least 100 and greater than minimumHealthyPercent.')
  return { minimumHealthyPercent, maximumPercent }
}

export function checkController(type = 'ECS'): void {
  if (type !== 'ECS') throw invalid(`The sandbox does not model the deployment controller ${type}.`)
}

export function readGrace(seconds: number | undefined, balancers: number): number {
  if (seconds !== undefined && seconds > 0 && balancers === 0)
    throw invalid('Health check grace period is only valid for services configured to use load balancers')
  return seconds ?? 0
}
