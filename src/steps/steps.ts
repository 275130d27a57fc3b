import type { AnyAwsStep, AwsStep } from '../aws/define-step.ts'
import { acceptance } from './acceptance.ts'
import { accountLogging } from './account-logging.ts'
import { albTargetGroup } from './alb-target-group.ts'
import { allowedPrincipal } from './allowed-principal.ts'
import { apiDefinition } from './api-definition.ts'
import { applicationLoadBalancer } from './application-load-balancer.ts'
import { certificateDates } from './certificate-dates.ts'
import { commonZones } from './common-zones.ts'
import { dnsRecord } from './dns-record.ts'
import { ecsCluster } from './ecs-cluster.ts'
import { ecsService } from './ecs-service.ts'
import { endpointAddresses } from './endpoint-addresses.ts'
import { endpointPrivateDns } from './endpoint-private-dns.ts'
import { endpointService } from './endpoint-service.ts'
import { existingFunction } from './existing-function.ts'
import { foreignEndpoint } from './foreign-endpoint.ts'
import { frontDefinition } from './front-definition.ts'
import { gatewayEndpoint } from './gateway-endpoint.ts'
import { imageSource } from './image-source.ts'
import { hostedZone } from './hosted-zone.ts'
import { functionCall } from './function-call.ts'
import { healthListener } from './health-listener.ts'
import { interfaceEndpoint } from './interface-endpoint.ts'
import { internetCall } from './internet-call.ts'
import { lambdaFunction } from './lambda-function.ts'
import { listener } from './listener.ts'
import { loadBalancer } from './load-balancer.ts'
import { mtlsCall } from './mtls-call.ts'
import { logGroup } from './log-group.ts'
import { nameRoom } from './name-room.ts'
import { mtlsListener } from './mtls-listener.ts'
import { network } from './network.ts'
import { policyEntry } from './policy-entry.ts'
import { privateDnsName } from './private-dns-name.ts'
import { privateDnsVerified } from './private-dns-verified.ts'
import { privateDns } from './private-dns.ts'
import { producerApi } from './producer-api.ts'
import { proxyLoadBalancer } from './proxy-load-balancer.ts'
import { quotas } from './quotas.ts'
import { regionalApi, restApi } from './rest-api.ts'
import { role } from './role.ts'
import { rewriteRule } from './rewrite-rule.ts'
import { routes } from './routes.ts'
import { secret } from './secret.ts'
import { securityGroup } from './security-group.ts'
import { separateZones } from './separate-zones.ts'
import { stageLink } from './stage-link.ts'
import { stageSettings } from './stage-settings.ts'
import { stage } from './stage.ts'
import { targetAddresses } from './target-addresses.ts'
import { targetGroup } from './target-group.ts'
import { targetHealth } from './target-health.ts'
import { taskDefinition } from './task-definition.ts'
import { testCall } from './test-call.ts'
import { trustStore } from './trust-store.ts'
import { vpcLink } from './vpc-link.ts'

const entry = <I extends object, F extends object>(
  step: AwsStep<I, F>,
  // A step is only ever given inputs and facts of its own kind, from a graph or from a ledger entry with its id.
): [string, AnyAwsStep] => [step.id, step as unknown as AnyAwsStep]

/** Every step by its id: what a ledger names is found here, without the config. */
export const stepById: ReadonlyMap<string, AnyAwsStep> = new Map([
  entry(acceptance),
  entry(accountLogging),
  entry(albTargetGroup),
  entry(allowedPrincipal),
  entry(apiDefinition),
  entry(applicationLoadBalancer),
  entry(certificateDates),
  entry(commonZones),
  entry(dnsRecord),
  entry(ecsCluster),
  entry(ecsService),
  entry(endpointAddresses),
  entry(endpointPrivateDns),
  entry(endpointService),
  entry(existingFunction),
  entry(foreignEndpoint),
  entry(frontDefinition),
  entry(gatewayEndpoint),
  entry(imageSource),
  entry(hostedZone),
  entry(functionCall),
  entry(healthListener),
  entry(interfaceEndpoint),
  entry(internetCall),
  entry(lambdaFunction),
  entry(listener),
  entry(loadBalancer),
  entry(mtlsCall),
  entry(logGroup),
  entry(nameRoom),
  entry(mtlsListener),
  entry(network),
  entry(policyEntry),
  entry(privateDns),
  entry(privateDnsName),
  entry(privateDnsVerified),
  entry(producerApi),
  entry(proxyLoadBalancer),
  entry(quotas),
  entry(regionalApi),
  entry(restApi),
  entry(role),
  entry(rewriteRule),
  entry(routes),
  entry(secret),
  entry(securityGroup),
  entry(stage),
  entry(separateZones),
  entry(stageLink),
  entry(stageSettings),
  entry(targetAddresses),
  entry(targetGroup),
  entry(targetHealth),
  entry(taskDefinition),
  entry(testCall),
  entry(trustStore),
  entry(vpcLink),
])
