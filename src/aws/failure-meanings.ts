/**
 * The meaning of an AWS error, as a stable code. `NotYet`: a thing that the call needs is still coming up, ask again.
 * `AnswerLost`: the call may or may not have taken effect, read before trying again. `Expired`: the session has ended.
 */
export type FailureCode =
  | 'NotFound'
  | 'InUse'
  | 'Throttled'
  | 'Denied'
  | 'Duplicate'
  | 'Quota'
  | 'NotYet'
  | 'AnswerLost'
  | 'Invalid'
  | 'Expired'
  | 'NoCredentials'
  | 'Unreachable'
  | 'AwsFailed'

/** One way for an error to have a meaning: all that is given must hold. */
interface Meaning {
  code: FailureCode
  /** AWS's name without `Exception`. */
  name?: RegExp
  message?: RegExp
  operation?: string
}

/**
 * AWS's errors by meaning; the first row that fits counts. Names from the services' models, the EC2 error list and the
 * lists in Terraform's AWS provider; messages as seen in its issues.
 */
export const meanings: readonly Meaning[] = [
  // API Gateway says both of rate and of quota that a limit is exceeded; IAM, ECS and Logs mean a quota.
  {
    code: 'Quota',
    name: /^LimitExceeded$/,
    message:
      /maximum number|quota|number of .* (exceed|reach)|cannot exceed|maximum policy size|resource limit|limit for the resource/i,
  },
  {
    code: 'Throttled',
    name: /^(TooManyRequests|LimitExceeded|RequestLimitExceeded|Throttling|Throttled|RequestThrottled|SlowDown|EC2Throttled|BandwidthLimitExceeded|PriorRequestNotComplete)$/,
  },
  { code: 'Expired', name: /^(ExpiredToken|RequestExpired|TokenRefreshRequired)$/ },
  // No credentials are at hand, or AWS does not know them.
  {
    code: 'NoCredentials',
    name: /^(CredentialsProviderError|TokenProviderError|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature|IncompleteSignature|MissingAuthenticationToken)$/,
  },
  {
    code: 'Denied',
    name: /^(Client\.)?(UnauthorizedOperation|AccessDenied|Unauthorized|NotAuthorized|AuthFailure|OptInRequired|Blocked|KMSAccessDenied)$/,
  },
  { code: 'NotYet', name: /^(Unavailable|ServiceUnavailable|InvalidServiceName)$/, operation: 'CreateVpcEndpoint' },
  { code: 'NotYet', name: /^Conflict$/, message: /try again later|concurrent/i },
  {
    code: 'NotYet',
    name: /^(InvalidState|IncorrectState|TrustStoreNotReady|ConcurrentModification|EntityTemporarilyUnmodifiable|OperationAborted|ResourceNotReady|UpdateInProgress)$/,
  },
  // A role that was made a moment ago (aws-sdk-js#4408, cdk#7998), and those that Terraform tries again for as well.
  {
    code: 'NotYet',
    message:
      /cannot be assumed by Lambda|does not have permissions to call CreateNetworkInterface|unable to assume the (service linked )?role|role being passed has the proper/i,
  },
  // Its group has no listener yet; one of the same name is still on its way out.
  {
    code: 'NotYet',
    message: /does not have an associated load balancer|is still draining/i,
    operation: 'CreateService',
  },
  // A secret of the name goes in the background, whatever window it was given (terraform-provider-aws#10259).
  {
    code: 'NotYet',
    name: /^InvalidRequest$/,
    message: /scheduled for deletion|was deleted/i,
    operation: 'CreateSecret',
  },
  { code: 'Duplicate', name: /^ResourceConflict$/, message: /already exist/i },
  // Lambda: an update is in progress.
  { code: 'NotYet', name: /^ResourceConflict$/ },
  {
    code: 'NotYet',
    message: /not in active state|is not active|pending state/i,
    operation: 'CreateVpcEndpointServiceConfiguration',
  },
  {
    code: 'InUse',
    name: /^(DependencyViolation|InvalidGroup\.InUse|ResourceInUse|ExistingVpcEndpointConnections|DeleteConflict|TrustStoreInUse|HostedZoneNotEmpty|LastVPCAssociation|ClusterContains\w+)$/,
  },
  {
    code: 'InUse',
    message:
      /Cannot delete vpc link|Active stages pointing to this deployment|remove all base path mappings|currently in use|still referenced|service cannot be stopped while/i,
  },
  {
    code: 'Duplicate',
    name: /^(InvalidGroup\.Duplicate|InvalidPermission\.Duplicate|Duplicate(LoadBalancerName|TargetGroupName|Listener|TrustStoreName)|EntityAlreadyExists|ResourceExists|ResourceAlreadyExists|HostedZoneAlreadyExists|ConflictingDomainExists|PriorityInUse)$/,
  },
  {
    code: 'Duplicate',
    message: /has been taken in this account|creation of service was not idempotent|but it already exists/i,
  },
  { code: 'Duplicate', name: /^Conflict$/, message: /already/i },
  {
    code: 'Quota',
    name: /LimitExceeded$|^TooMany|^TargetGroupAssociationLimit$|^InsufficientFreeAddressesInSubnet$|^EniLimitReached$|^SubnetIPAddressLimitReached$|^CodeStorageExceeded$/,
  },
  // The config names these things, privlink does not make them: to ask again would not help.
  { code: 'Invalid', name: /^(Certificate|CaCertificatesBundle|RevocationContent|SSLPolicy)NotFound$/ },
  // A service of ECS that is gone is inactive.
  { code: 'NotFound', name: /NotFound$|^NoSuch|^(InvalidServiceName|ServiceNotActive)$/ },
  {
    code: 'NotFound',
    message:
      /marked for deletion|but it was not found|task definition does not exist|unable to describe task definition/i,
  },
  {
    code: 'Invalid',
    name: /^(BadRequest|Client$|Invalid|Missing|Malformed|Unknown|Validation|Incompatible|Unsupported|IdempotentParameterMismatch|Duplicate|AvailabilityZoneNotSupported|PlatformTaskDefinitionIncompatibility|PublicZoneVPCAssociation|UnmodifiableEntity|PreconditionNotMet|PolicyNotAttachable)|\.Malformed$/,
  },
]
