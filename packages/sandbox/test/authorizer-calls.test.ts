import {
  CreateAuthorizerCommand,
  type CreateAuthorizerCommandInput,
  CreateDeploymentCommand,
  CreateRestApiCommand,
  PutIntegrationCommand,
  PutIntegrationResponseCommand,
  PutMethodCommand,
  PutMethodResponseCommand,
} from '@aws-sdk/client-api-gateway'
import { AddPermissionCommand, CreateFunctionCommand } from '@aws-sdk/client-lambda'
import { CreateRoleCommand } from '@aws-sdk/client-iam'
import { strToU8, zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'

import { durations } from '../src/state/durations.ts'
import { invoke } from '../src/network/execute-api/invoke.ts'
import { account, region, rehearseGateway } from '../../../test/support/gateway.ts'

const poolId = 'us-east-1_Ab12Cd34E'
const pool = `arn:aws:cognito-idp:us-east-1:${account}:userpool/${poolId}`
const functionArn = `arn:aws:lambda:${region}:${account}:function:guard`
const uriOf = (arn: string) => `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`

/** A regional API whose one method answers 200 to whom its authorizer lets in. */
async function guarded(authorizer: Pick<CreateAuthorizerCommandInput, 'type'> & Partial<CreateAuthorizerCommandInput>) {
  const gateway = await rehearseGateway()
  const { send, clock, sandbox } = gateway
  const endpointConfiguration = { types: ['REGIONAL' as const] }
  const { id: restApiId = '', rootResourceId: resourceId } = await send(
    new CreateRestApiCommand({ name: 'front', endpointConfiguration }),
  )
  const { id: authorizerId } = await send(new CreateAuthorizerCommand({ restApiId, name: 'guard', ...authorizer }))
  const method = { restApiId, resourceId, httpMethod: 'GET' }
  const authorizationType = authorizer.type === 'COGNITO_USER_POOLS' ? authorizer.type : 'CUSTOM'
  await send(new PutMethodCommand({ ...method, authorizationType, authorizerId }))
  await send(new PutMethodResponseCommand({ ...method, statusCode: '200' }))
  const requestTemplates = { 'application/json': '{"statusCode": 200}' }
  await send(new PutIntegrationCommand({ ...method, type: 'MOCK', requestTemplates }))
  await send(new PutIntegrationResponseCommand({ ...method, statusCode: '200' }))
  await send(new CreateDeploymentCommand({ restApiId, stageName: 'v1' }))
  await clock.sleep(durations.deploymentLive)
  const call = async (headers: Record<string, string> = {}, query = '') => {
    const api = sandbox.world.apigateway.restApis[restApiId]
    if (api === undefined) throw new Error('the API is gone')
    const request = { method: 'GET', path: '/v1/', query, headers, body: Buffer.alloc(0) }
    const { status, body } = await invoke(sandbox.network, {
      api,
      request,
      entry: { kind: 'internet', sourceIp: '198.51.100.7' },
    })
    return [status, body.length === 0 ? '' : JSON.parse(body.toString('utf8'))]
  }
  /** The function of the authorizer, which API Gateway may invoke if `allowed`. */
  const makeFunction = async (code: string, allowed = true) => {
    const { iam, lambda } = gateway.clients(account)
    const Statement = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'guard', AssumeRolePolicyDocument }))
    await clock.sleep(durations.roleEffective)
    const ZipFile = zipSync({ 'index.mjs': strToU8(`export const handler = async (event) => { ${code} }`) })
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'guard',
        Role: Role?.Arn,
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Code: { ZipFile },
      }),
    )
    await clock.sleep(60_000)
    if (!allowed) return
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: 'guard',
        StatementId: 'api',
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
        SourceArn: `arn:aws:execute-api:${region}:${account}:${restApiId}/authorizers/${authorizerId}`,
      }),
    )
  }
  return { ...gateway, call, makeFunction }
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const issuer = `https://cognito-idp.us-east-1.amazonaws.com/${poolId}`

describe('a Cognito authorizer', () => {
  const open = async () => {
    const stand = await guarded({ type: 'COGNITO_USER_POOLS', providerARNs: [pool] })
    const usual = { iss: issuer, aud: 'client', token_use: 'id', exp: stand.clock.now() / 1000 + 3600 }
    const token = (claims: object = {}, header: object = { alg: 'RS256', kid: 'k' }) =>
      `${part(header)}.${part({ ...usual, ...claims })}.c2lnbmVk`
    return { ...stand, token }
  }

  it('lets in who has an identity token of its pool, until that expires', async () => {
    const { call, token, clock } = await open()
    expect(await call({ authorization: token() })).toEqual([200, ''])
    expect(await call({ authorization: `Bearer ${token()}` })).toEqual([200, ''])
    const soon = token({ exp: clock.now() / 1000 + 10 })
    await clock.sleep(10_000)
    expect(await call({ authorization: soon })).toEqual([401, { message: 'The incoming token has expired' }])
  })

  it.each<[string, (token: Awaited<ReturnType<typeof open>>['token']) => string]>([
    ['nothing', () => ''],
    ['any text', () => 'letmein'],
    ['parts that are no JSON', () => 'a.b.c'],
    ['a token without a signature', (token) => token().replace(/\.[^.]+$/, '.')],
    ['a token that is not signed', (token) => token({}, { alg: 'none', kid: 'k' })],
    ['a token of another pool', (token) => token({ iss: `${issuer}X` })],
    ['an access token', (token) => token({ token_use: 'access' })],
    ['a token without an end', (token) => token({ exp: undefined })],
  ])('does not let in who shows %s', async (_, write) => {
    const { call, token } = await open()
    expect(await call({ authorization: write(token) })).toEqual([401, { message: 'Unauthorized' }])
  })
})

const policy = (Effect: string) =>
  `return { principalId: 'me', policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: '${Effect}', Resource: event.methodArn }] } }`

describe('a Lambda authorizer', () => {
  const token = { type: 'TOKEN' as const, authorizerUri: uriOf(functionArn) }
  const failed = [500, { message: null }]

  it('runs its function, whose policy decides', async () => {
    const { call, makeFunction } = await guarded(token)
    await makeFunction(`
      if (event.authorizationToken === 'stranger') throw new Error('Unauthorized')
      if (event.authorizationToken === 'odd') return { yes: true }
      if (event.authorizationToken === 'other') event.methodArn = event.methodArn.replace('/GET/', '/POST/')
      if (event.authorizationToken === 'banned') { ${policy('Deny')} }
      ${policy('Allow')}`)
    const as = (authorization: string) => call({ authorization })
    const denied = 'User is not authorized to access this resource'
    expect(await as('friend')).toEqual([200, ''])
    expect(await as('banned')).toEqual([403, { Message: `${denied} with an explicit deny` }])
    expect(await as('other')).toEqual([403, { Message: denied }])
    expect(await as('stranger')).toEqual([401, { message: 'Unauthorized' }])
    expect(await as('odd')).toEqual(failed)
    expect(await as('')).toEqual([401, { message: 'Unauthorized' }])
  })

  it('asks only where the token has the wanted form', async () => {
    const { call, makeFunction } = await guarded({ ...token, identityValidationExpression: 'Bearer [a-z]+' })
    await makeFunction(policy('Allow'))
    expect(await call({ authorization: 'Bearer abc' })).toEqual([200, ''])
    expect(await call({ authorization: 'Bearer 123' })).toEqual([401, { message: 'Unauthorized' }])
  })

  it('of type REQUEST sees the request, and wants all that identifies the caller', async () => {
    const identitySource = 'method.request.header.X-Who, method.request.querystring.key'
    const { call, makeFunction } = await guarded({ ...token, type: 'REQUEST', identitySource })
    await makeFunction(`
      const { headers, queryStringParameters, httpMethod, path, requestContext } = event
      const seen = [headers['x-who'], queryStringParameters.key, httpMethod, path, requestContext.path, requestContext.stage]
      if (seen.join() !== 'me,1,GET,/,/v1/,v1') throw new Error(seen.join())
      ${policy('Allow')}`)
    expect(await call({ 'x-who': 'me' }, 'key=1')).toEqual([200, ''])
    expect(await call({ 'x-who': 'me' })).toEqual([401, { message: 'Unauthorized' }])
    expect(await call({ 'x-who': 'you' }, 'key=1')).toEqual(failed)
  })

  it('cannot ask a function that does not let API Gateway', async () => {
    const { call, makeFunction } = await guarded(token)
    await makeFunction(policy('Allow'), false)
    expect(await call({ authorization: 'friend' })).toEqual(failed)
  })

  it('lets in who says who they are where the sandbox does not have the function', async () => {
    const { call } = await guarded(token)
    expect(await call({ authorization: 'friend' })).toEqual([200, ''])
    expect(await call()).toEqual([401, { message: 'Unauthorized' }])
  })
})
