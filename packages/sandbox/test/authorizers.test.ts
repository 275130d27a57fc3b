import {
  CreateAuthorizerCommand,
  CreateRestApiCommand,
  DeleteAuthorizerCommand,
  GetAccountCommand,
  GetAuthorizerCommand,
  GetAuthorizersCommand,
  PutMethodCommand,
  UpdateAccountCommand,
} from '@aws-sdk/client-api-gateway'
import { describe, expect, it } from 'vitest'
import { account, rehearseGateway } from '../../../test/support/gateway.ts'

const pool = `arn:aws:cognito-idp:us-east-1:${account}:userpool/us-east-1_Ab12Cd34E`

async function openApi() {
  const { apigateway } = await rehearseGateway()
  const made = await apigateway.send(
    new CreateRestApiCommand({ name: 'front', endpointConfiguration: { types: ['REGIONAL'] } }),
  )
  return { apigateway, restApiId: made.id, resourceId: made.rootResourceId }
}

describe('an authorizer', () => {
  it('is kept as it was made, once per name, and held by the methods that use it', async () => {
    const { apigateway, restApiId, resourceId } = await openApi()
    const type = 'COGNITO_USER_POOLS' as const
    const wanted = { restApiId, name: 'users', type, providerARNs: [pool] }
    const { id: authorizerId } = await apigateway.send(new CreateAuthorizerCommand(wanted))
    await expect(apigateway.send(new CreateAuthorizerCommand(wanted))).rejects.toMatchObject({
      name: 'ConflictException',
    })
    expect(await apigateway.send(new GetAuthorizerCommand({ restApiId, authorizerId }))).toMatchObject({
      name: 'users',
      authType: 'cognito_user_pools',
      providerARNs: [pool],
      identitySource: 'method.request.header.Authorization',
    })
    const method = { restApiId, resourceId, httpMethod: 'GET', authorizerId }
    await expect(
      apigateway.send(new PutMethodCommand({ ...method, authorizationType: 'CUSTOM' })),
    ).rejects.toMatchObject({ name: 'BadRequestException' })
    await apigateway.send(new PutMethodCommand({ ...method, authorizationType: 'COGNITO_USER_POOLS' }))
    await expect(apigateway.send(new DeleteAuthorizerCommand({ restApiId, authorizerId }))).rejects.toMatchObject({
      name: 'ConflictException',
    })
  })

  it('goes when nothing uses it', async () => {
    const { apigateway, restApiId } = await openApi()
    const authorizerUri = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:${account}:function:guard/invocations`
    const { id: authorizerId } = await apigateway.send(
      new CreateAuthorizerCommand({ restApiId, name: 'guard', type: 'TOKEN', authorizerUri }),
    )
    await apigateway.send(new DeleteAuthorizerCommand({ restApiId, authorizerId }))
    expect((await apigateway.send(new GetAuthorizersCommand({ restApiId }))).items ?? []).toEqual([])
    await expect(apigateway.send(new GetAuthorizerCommand({ restApiId, authorizerId }))).rejects.toMatchObject({
      name: 'NotFoundException',
    })
  })

  it('needs to say whom it asks', async () => {
    const { apigateway, restApiId } = await openApi()
    for (const type of ['TOKEN', 'REQUEST', 'COGNITO_USER_POOLS'] as const) {
      await expect(
        apigateway.send(new CreateAuthorizerCommand({ restApiId, name: 'nobody', type })),
      ).rejects.toMatchObject({ name: 'BadRequestException' })
    }
  })
})

it("the account's role for logs is kept per Region", async () => {
  const { clients } = await rehearseGateway()
  const cloudwatchRoleArn = `arn:aws:iam::${account}:role/logs`
  const patchOperations = [{ op: 'replace' as const, path: '/cloudwatchRoleArn', value: cloudwatchRoleArn }]
  await clients(account).apigateway.send(new UpdateAccountCommand({ patchOperations }))
  expect(await clients(account).apigateway.send(new GetAccountCommand({}))).toMatchObject({ cloudwatchRoleArn })
  const elsewhere = await clients(account, 'eu-west-1').apigateway.send(new GetAccountCommand({}))
  expect(elsewhere.cloudwatchRoleArn).toBeUndefined()
})
