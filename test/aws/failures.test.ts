import { describe, expect, test } from 'vitest'
import { isFailure, passageOf, translate, unsuccessful, type FailureCode, type Origin } from '../../src/aws/failures.ts'
import { PrivlinkError } from '../../src/errors.ts'

const origin: Origin = { service: 'ec2', operation: 'DeleteSecurityGroup', account: 'gateway' }

const awsError = (name: string, message = 'AWS says so', more: object = {}) =>
  Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode: 400 }, ...more })

const meaning = (name: string, message?: string, operation = 'Anything') =>
  translate(awsError(name, message), { ...origin, operation }).code

describe('an AWS error means', () => {
  test.each<[FailureCode, string, (string | undefined)?, string?]>([
    ['NotFound', 'InvalidVpcEndpointId.NotFound'],
    ['NotFound', 'InvalidVpcEndpoint.NotFound'],
    ['NotFound', 'InvalidGroup.NotFound'],
    ['NotFound', 'InvalidVpcEndpointServiceId.NotFound'],
    ['NotFound', 'NotFoundException'],
    ['NotFound', 'LoadBalancerNotFoundException'],
    ['NotFound', 'TargetGroupNotFound'],
    ['NotFound', 'InvalidServiceName', undefined, 'DescribeVpcEndpointServices'],
    ['InUse', 'DependencyViolation', 'resource sg-1 has a dependent object'],
    ['InUse', 'InvalidGroup.InUse'],
    ['InUse', 'ResourceInUseException'],
    ['InUse', 'ExistingVpcEndpointConnections'],
    ['InUse', 'BadRequestException', "Cannot delete vpc link. Vpc link 'ipr64b', is referenced in [POST:25xdid:prod]"],
    ['InUse', 'BadRequestException', 'Active stages pointing to this deployment must be moved or deleted'],
    ['InUse', 'InvalidParameterValue', "Network interface 'eni-1' is currently in use"],
    ['Throttled', 'RequestLimitExceeded'],
    ['Throttled', 'TooManyRequestsException', 'Too Many Requests'],
    ['Throttled', 'ThrottlingException', 'Rate exceeded'],
    ['Throttled', 'Throttling', 'Rate exceeded'],
    ['Throttled', 'LimitExceededException', 'Rate limit exceeded'],
    ['Quota', 'LimitExceededException', 'Maximum number of Vpc links reached'],
    ['Quota', 'VpcEndpointLimitExceeded'],
    ['Quota', 'SecurityGroupLimitExceeded'],
    ['Quota', 'TooManyLoadBalancersException'],
    ['Denied', 'UnauthorizedOperation'],
    ['Denied', 'AccessDenied'],
    ['Denied', 'AccessDeniedException'],
    ['NoCredentials', 'UnrecognizedClientException'],
    ['NoCredentials', 'InvalidClientTokenId'],
    ['Duplicate', 'InvalidGroup.Duplicate'],
    ['Duplicate', 'InvalidPermission.Duplicate'],
    ['Duplicate', 'DuplicateLoadBalancerNameException'],
    ['Duplicate', 'DuplicateListener'],
    ['Duplicate', 'ConflictException', 'Another resource with the same parent already has this name: {proxy+}'],
    ['Duplicate', 'ConflictException', 'Method already exists for this resource'],
    ['NotYet', 'InvalidServiceName', "The Vpc Endpoint Service 'x' does not exist", 'CreateVpcEndpoint'],
    ['NotYet', 'Unavailable', 'The service is unavailable', 'CreateVpcEndpoint'],
    [
      'NotYet',
      'ConflictException',
      'Unable to complete operation due to concurrent modification. Please try again later.',
    ],
    ['Invalid', 'InvalidParameter', 'private-dns-enabled cannot be set'],
    ['Invalid', 'BadRequestException', "The REST API doesn't contain any methods"],
    ['Invalid', 'ValidationError'],
    ['Invalid', 'CertificateNotFoundException'],
    ['Invalid', 'CaCertificatesBundleNotFoundException'],
    ['Invalid', 'RevocationContentNotFoundException'],
    ['NotYet', 'TrustStoreNotReadyException'],
    ['InUse', 'TrustStoreInUseException'],
    ['Invalid', 'DuplicateSubnetsInSameZone'],
    ['Invalid', 'InvalidVpcID.Malformed'],
    ['Expired', 'ExpiredTokenException'],
    ['Expired', 'RequestExpired'],
    ['NoCredentials', 'CredentialsProviderError'],
    ['AwsFailed', 'OperationNotPermitted', 'deletion protection is enabled'],
    ['NotYet', 'InvalidParameterValueException', 'The role defined for the function cannot be assumed by Lambda.'],
    [
      'NotYet',
      'InvalidParameterValueException',
      'The provided execution role does not have permissions to call CreateNetworkInterface on EC2',
    ],
    ['NotYet', 'InvalidParameterException', 'Unable to assume the service linked role. Please verify that it exists.'],
    ['NotYet', 'ClientException', "ECS was unable to assume the role 'arn:aws:iam::1:role/a' that was provided."],
    [
      'NotYet',
      'InvalidParameterException',
      'The target group with targetGroupArn arn:a does not have an associated load balancer.',
      'CreateService',
    ],
    ['NotYet', 'ResourceConflictException', 'The operation cannot be performed at this time. An update is in progress'],
    ['NotYet', 'InvalidRequestException', 'a secret with this name is already scheduled for deletion.', 'CreateSecret'],
    ['NotYet', 'OperationAbortedException', 'A conflicting operation is currently in progress against this resource.'],
    ['NotFound', 'NoSuchEntityException', 'The role with name a cannot be found.'],
    ['NotFound', 'ResourceNotFoundException'],
    ['NotFound', 'ClusterNotFoundException'],
    ['NotFound', 'ServiceNotFoundException'],
    ['NotFound', 'NoSuchHostedZone'],
    ['NotFound', 'InvalidRequestException', 'this operation on the secret because it was marked for deletion.'],
    [
      'NotFound',
      'InvalidChangeBatch',
      "[Tried to delete resource record set [name='a.', type='A'] but it was not found]",
    ],
    [
      'Duplicate',
      'InvalidChangeBatch',
      "[Tried to create resource record set [name='a.', type='A'] but it already exists]",
    ],
    ['Duplicate', 'ResourceConflictException', 'Function already exist: shop'],
    ['Duplicate', 'EntityAlreadyExistsException', 'Role with name a already exists.'],
    ['Duplicate', 'ResourceAlreadyExistsException', 'The specified log group already exists'],
    ['Duplicate', 'ResourceExistsException'],
    ['Duplicate', 'InvalidInputException', 'Service role name a has been taken in this account'],
    ['InUse', 'DeleteConflictException', 'Cannot delete entity, must detach all policies first.'],
    ['InUse', 'ClusterContainsServicesException'],
    ['InUse', 'HostedZoneNotEmpty'],
    ['InUse', 'TrustStoreInUse'],
    [
      'InUse',
      'InvalidParameterException',
      'The service cannot be stopped while the primary deployment is scaled above 0.',
    ],
    ['Quota', 'LimitExceededException', 'Cannot exceed quota for PoliciesPerRole: 10'],
    ['Quota', 'LimitExceededException', 'Maximum policy size of 10240 bytes exceeded for role a'],
    ['Quota', 'LimitExceededException', 'Resource limit exceeded.'],
    ['Invalid', 'MalformedPolicyDocumentException', 'Syntax errors in policy.'],
    ['Invalid', 'ClientException', 'Container definition has no image'],
  ])('%s: %s %s', (code, name, message, operation) => {
    expect(meaning(name, message, operation)).toBe(code)
  })
})

describe('a translated error', () => {
  test("carries AWS's own message, the operation and the account", () => {
    const error = translate(awsError('DependencyViolation', 'resource sg-1 has a dependent object'), origin)
    expect(error.message).toBe(
      'EC2 DeleteSecurityGroup in account gateway: resource sg-1 has a dependent object (DependencyViolation)',
    )
    expect(error.exit).toBe(1)
    expect(error.cause).toMatchObject({ name: 'DependencyViolation' })
  })

  test('tells a denial: who lacks which action', () => {
    const said =
      'User: arn:aws:sts::842340000000:assumed-role/privlink/privlink is not authorized to perform: ec2:DeleteSecurityGroup'
    const error = translate(awsError('UnauthorizedOperation', said), origin)
    expect(error.exit).toBe(4)
    expect(error.hint).toBe(
      'Grant ec2:DeleteSecurityGroup to arn:aws:sts::842340000000:assumed-role/privlink/privlink in account gateway.',
    )
  })

  test.each([
    ['GetRestApis', 'apigateway:GET'],
    ['PutRestApi', 'apigateway:PUT'],
    ['UpdateStage', 'apigateway:PATCH'],
    ['DeleteVpcLink', 'apigateway:DELETE'],
    ['CreateDeployment', 'apigateway:POST'],
  ])('knows that %s needs %s', (operation, action) => {
    const error = translate(awsError('AccessDeniedException'), {
      service: 'apigateway',
      operation,
      account: 'gateway',
      principal: 'arn:aws:iam::842340000000:role/privlink',
    })
    expect(error.hint).toBe(`Grant ${action} to arn:aws:iam::842340000000:role/privlink in account gateway.`)
  })

  test('does not advise to grant what a policy denies', () => {
    const error = translate(awsError('AccessDenied', 'with an explicit deny in a service control policy'), origin)
    expect(error.hint).toMatch(/^A policy of account gateway or its organization denies ec2:DeleteSecurityGroup/)
  })

  test('is left alone if it is one already', () => {
    const error = new PrivlinkError('Broken', 'ours')
    expect(translate(error, origin)).toBe(error)
  })

  test('is known again by its code', () => {
    const error = translate(awsError('DependencyViolation'), origin)
    expect(isFailure(error, 'InUse')).toBe(true)
    expect(isFailure(error, 'NotFound', 'InUse')).toBe(true)
    expect(isFailure(error, 'NotFound')).toBe(false)
    expect(isFailure(awsError('DependencyViolation'), 'InUse')).toBe(false)
  })
})

describe('a request', () => {
  test.each([
    ['not-sent', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
    ['not-sent', Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })],
    ['unsure', Object.assign(new Error('read'), { code: 'ECONNRESET' })],
    ['unsure', new Error('socket hang up')],
    ['unsure', Object.assign(new Error('late'), { name: 'TimeoutError' })],
    ['unsure', awsError('InternalError', '', { $metadata: { httpStatusCode: 500 } })],
    ['unsure', Object.assign(new SyntaxError('cut off'), { $metadata: { httpStatusCode: 200 } })],
    ['answered', awsError('DependencyViolation')],
  ])('is %s after %s', (passage, thrown) => {
    expect(passageOf(thrown)).toBe(passage)
  })
})

test("EC2's list of what did not succeed is an error with the item's code and id", () => {
  const item = {
    ResourceId: 'vpce-svc-1',
    Error: { Code: 'ExistingVpcEndpointConnections', Message: 'has connections' },
  }
  expect(() => unsuccessful([item], origin)).toThrow(
    expect.objectContaining({ code: 'InUse', message: expect.stringContaining('vpce-svc-1: has connections') }),
  )
  expect(() => unsuccessful([], origin)).not.toThrow()
  expect(() => unsuccessful(undefined)).not.toThrow()
})

describe('what to do', () => {
  test.each([
    ['Load balancer x cannot be deleted because deletion protection is enabled', 'deletion protection off'],
    ['NLB is already associated with another VPC Endpoint Service', '"adopt"'],
    [
      'private-dns-enabled cannot be set because there is already a conflicting DNS domain for x',
      'executeApi.endpointId',
    ],
  ])('about "%s" is said', (said, hint) => {
    expect(translate(awsError('InvalidParameter', said), origin).hint).toContain(hint)
  })
})
