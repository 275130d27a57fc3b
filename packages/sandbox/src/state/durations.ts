/**
 * How long things take, in ms of sandbox time: the typical values that AWS's users report, unless a source is named.
 */
export const durations = {
  /** Three Terraform logs: 2m22s, 2m37s, 2m41s. */
  loadBalancerActive: 150_000,
  /** Interfaces are gone 40 s and 47 s after DeleteLoadBalancer, which itself answers at once. */
  loadBalancerInterfacesGone: 45_000,
  /** Assumed; it is not active at once (hashicorp/terraform-provider-aws#36825). */
  trustStoreActive: 10_000,
  /** AWS documentation: "It takes 2-4 minutes". */
  vpcLinkAvailable: 180_000,
  /** Assumed. */
  vpcLinkGone: 120_000,
  /** Assumed: 60 to 180 s. */
  endpointAvailable: 90_000,
  /** Assumed: 20 to 60 s from acceptance. */
  endpointAvailableAfterAcceptance: 40_000,
  endpointModified: 30_000,
  /** "A few minutes"; cloud-nuke polls for five. */
  endpointGone: 120_000,
  /** ServiceState says Available at once; CreateVpcEndpoint answers 503 meanwhile. The length is assumed. */
  endpointServiceUsable: 30_000,
  endpointServiceGone: 10_000,
  /** Assumed: an allowed principal takes effect. */
  permissionEffective: 5_000,
  /** Assumed: a describe right after a create may not find it (EC2, ELBv2). */
  visible: 1_000,
  /** A new role or a changed policy of one takes effect: 5 to 20 s (aws-sdk-js#4408). */
  roleEffective: 10_000,
  /** "Changes generally propagate to all Route 53 name servers within 60 seconds" (API_ChangeResourceRecordSets). */
  dnsInSync: 30_000,
  /** Assumed: 1 to 10 minutes; AWS's own sample waits for up to 10. */
  privateNameVerified: 180_000,
  /** Assumed: a new deployment is served. */
  deploymentLive: 2_000,
  /**
   * "There might be a short delay before the secret is permanently deleted" (DeleteSecret). Terraform allows two
   * minutes; the length is assumed.
   */
  secretNameFree: 5_000,
  /** Assumed: a function without new interfaces is set up, or changed. */
  functionReady: 3_000,
  /** Assumed: 60 to 180 s for the first function with a subnet and a set of groups; the SDK's waiter gives 300 s. */
  functionInterfaceMade: 90_000,
  /** Lambda guide: interfaces remain for up to 20 minutes after the last function that used them has gone. */
  functionInterfaceGone: 1_200_000,
  /** Assumed: sooner where the function itself stays and gives up its VPC. */
  functionInterfaceReleased: 300_000,
  /** Assumed: with the next two, and two health checks, a service is stable after 60 to 180 s. */
  taskProvisioned: 10_000,
  /** Assumed: secrets and an image of some 20 MB. */
  taskPulled: 15_000,
  /** Assumed: containers started, targets registered. */
  taskActivated: 5_000,
  /** Assumed: NGINX ends at SIGTERM, and has 30 s before SIGKILL. */
  taskStopping: 5_000,
  /** Assumed: the interface is detached and deleted. */
  taskDeprovisioned: 15_000,
  /** Assumed: a deleted revision that nothing uses. */
  taskDefinitionGone: 10_000,
} as const
