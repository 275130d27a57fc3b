import { describe, expect, it } from 'vitest'
import { PrivlinkError } from '../../src/errors.ts'
import { acceptance } from '../../src/steps/acceptance.ts'
import { interfaceEndpoint } from '../../src/steps/interface-endpoint.ts'
import { stageLink } from '../../src/steps/stage-link.ts'
import { stage } from '../../src/steps/stage.ts'
import { identity, scriptedAccount, sight } from './scripted-account.ts'

const inputs = { serviceId: 'vpce-svc-0a', endpointId: 'vpce-0a', ownerId: '842340000000' }
const connection = { ServiceId: 'vpce-svc-0a', VpcEndpointId: 'vpce-0a', VpcEndpointOwner: '842340000000' }
const doorWith = (...connections: object[]) =>
  scriptedAccount({}, { endpointConnections: () => Promise.resolve(connections) })

describe('an acceptance', () => {
  const accept = (account: ReturnType<typeof doorWith>) =>
    acceptance.create?.({ aws: account.aws, inputs, identity, token: 'token' })

  it('accepts exactly the endpoint that was made', async () => {
    const account = doorWith({ ...connection, VpcEndpointId: 'vpce-0other' }, connection)
    await accept(account)
    expect(account.asked).toEqual([
      {
        operation: 'AcceptVpcEndpointConnections',
        input: { ServiceId: 'vpce-svc-0a', VpcEndpointIds: ['vpce-0a'] },
      },
    ])
  })

  it('never accepts an endpoint of another account', async () => {
    const account = doorWith({ ...connection, VpcEndpointOwner: '111111111111' })
    await expect(accept(account)).rejects.toMatchObject({ code: 'WrongConnection' })
    expect(account.asked).toEqual([])
  })

  it('waits for a connection that does not show yet', async () => {
    await expect(accept(doorWith())).rejects.toMatchObject({ code: 'NotYet' })
  })

  it.each([
    ['available', 'ready'],
    ['pending', 'ready'],
    ['pendingAcceptance', 'absent'],
    ['rejected', 'absent'],
    ['deleting', 'absent'],
  ])('of a connection that is %s is %s', async (VpcEndpointState, state) => {
    const account = doorWith({ ...connection, VpcEndpointState })
    expect(await acceptance.read(sight(account.aws, inputs))).toMatchObject({ state })
  })
})

describe('an interface endpoint', () => {
  const find = (State: string, rest: object = {}) =>
    interfaceEndpoint.read(
      sight(
        scriptedAccount({}, { endpoints: () => Promise.resolve([{ VpcEndpointId: 'vpce-0a', State, ...rest }]) }).aws,
        {},
      ),
    )

  it.each([
    ['PendingAcceptance', 'ready'],
    ['available', 'ready'],
    ['pending', 'pending'],
    ['Deleting', 'pending'],
    ['deleted', 'absent'],
    ['rejected', 'broken'],
    ['expired', 'broken'],
  ])('that AWS calls %s is %s', async (awsState, state) => {
    expect(await find(awsState)).toMatchObject({ state })
  })

  it('says why it has failed', async () => {
    expect(await find('failed', { LastError: { Message: 'no free address' } })).toMatchObject({
      fix: 'replace',
      why: 'vpce-0a is failed: no free address',
    })
  })

  it('is brought back by adding and removing only what differs', async () => {
    const account = scriptedAccount()
    const drift = [
      { field: 'securityGroupIds', was: ['sg-1', 'sg-2'], want: ['sg-2', 'sg-3'], fix: 'update' as const },
      { field: 'privateDns', was: true, want: false, fix: 'update' as const },
    ]
    const endpoint = { vpcId: 'vpc-0a', serviceName: 'com.amazonaws.us-east-1.execute-api' }
    await interfaceEndpoint.update?.({
      aws: account.aws,
      inputs: endpoint,
      facts: { endpointId: 'vpce-0a', dnsName: null },
      drift,
      identity,
    })
    expect(account.inputOf('ModifyVpcEndpoint')).toEqual({
      VpcEndpointId: 'vpce-0a',
      AddSecurityGroupIds: ['sg-3'],
      RemoveSecurityGroupIds: ['sg-1'],
      PrivateDnsEnabled: false,
    })
  })
})

describe('a stage', () => {
  const wanted = { apiId: 'abc123', stageName: 'test', hash: 'new' }
  const serving = (description: string) => ({
    GetStage: { deploymentId: 'd9' },
    GetDeployment: { id: 'd9', description },
  })

  it('is as wanted when its deployment is of this definition', async () => {
    const account = scriptedAccount(serving('privlink:new (acme)'))
    expect(await stage.read(sight(account.aws, wanted))).toMatchObject({ state: 'ready', owner: 'ours', drift: [] })
  })

  it('is not asked again what its deployment is of, since a deployment never changes', async () => {
    const known = {
      apiId: 'abc123',
      stageName: 'test',
      url: '',
      deploymentId: 'd9',
      description: 'privlink:new (acme)',
    }
    const account = scriptedAccount(serving('changed by hand'))
    expect(await stage.read(sight(account.aws, wanted, { known }))).toMatchObject({ state: 'ready', drift: [] })
    expect(account.operations()).toEqual(['GetStage'])
    const moved = scriptedAccount({ ...serving('privlink:old (acme)'), GetStage: { deploymentId: 'd8' } })
    expect(await stage.read(sight(moved.aws, wanted, { known }))).toMatchObject({
      drift: [{ was: 'privlink:old (acme)' }],
    })
  })

  it('differs when an older definition is deployed', async () => {
    const account = scriptedAccount(serving('privlink:old (acme)'))
    expect(await stage.read(sight(account.aws, wanted))).toMatchObject({ drift: [{ was: 'privlink:old (acme)' }] })
  })

  it("is somebody else's when another deployment of privlink made it", async () => {
    const account = scriptedAccount(serving('privlink:new (globex)'))
    expect(await stage.read(sight(account.aws, wanted))).toMatchObject({ owner: 'other' })
  })

  it('keeps what it serves to go back to, and deletes our older deployments only', async () => {
    const made = (id: string, minute: number, description: string) => ({
      id,
      description,
      createdDate: new Date(Date.UTC(2026, 0, 1, 0, minute)),
    })
    const account = scriptedAccount({
      ...serving('privlink:old (acme)'),
      CreateDeployment: { id: 'd10' },
      GetDeployments: {
        items: [
          made('d1', 1, 'by hand'),
          made('d2', 2, 'privlink:older (acme)'),
          made('d9', 9, 'privlink:old (acme)'),
          made('d3', 3, 'privlink:x (globex)'),
        ],
      },
    })
    const facts = {
      apiId: 'abc123',
      stageName: 'test',
      url: '',
      deploymentId: 'd9',
      description: 'privlink:old (acme)',
    }
    await stage.update?.({ aws: account.aws, inputs: wanted, facts, drift: [], identity })
    expect(account.asked.filter(({ operation }) => operation === 'DeleteDeployment')).toEqual([
      { operation: 'DeleteDeployment', input: { restApiId: 'abc123', deploymentId: 'd2' } },
    ])
    expect(account.inputOf('CreateDeployment')).toEqual({
      restApiId: 'abc123',
      stageName: 'test',
      description: 'privlink:new (acme)',
    })
  })
})

describe('the link of a stage', () => {
  const wanted = { apiId: 'abc123', stageName: 'test', vpcLinkId: 'new1' }
  const known = { ...wanted, vpcLinkId: 'old1' }
  const find = (variables: object, status: string, rest: object = {}) =>
    stageLink.read(
      sight(
        scriptedAccount(
          { GetStage: { deploymentId: 'd9', variables } },
          {
            vpcLinks: () => Promise.resolve([{ id: 'new1', status }]),
            restApis: () => Promise.resolve([{ id: 'abc123', tags: { ...identity.tags } }]),
          },
        ).aws,
        wanted,
        rest,
      ),
    )

  it('is told by a stage variable, which may name a link that is still coming up', async () => {
    expect(await find({}, 'PENDING')).toEqual({ state: 'absent' })
    expect(await find({ vpcLinkId: 'new1' }, 'PENDING')).toMatchObject({ state: 'ready', owner: 'ours', drift: [] })
  })

  it('stays with an old link until the new one is available', async () => {
    expect(await find({ vpcLinkId: 'old1' }, 'PENDING', { known })).toMatchObject({
      state: 'pending',
      why: 'the new VPC link new1 is pending',
    })
    expect(await find({ vpcLinkId: 'old1' }, 'AVAILABLE', { known })).toMatchObject({
      state: 'ready',
      drift: [{ field: 'vpcLinkId', was: 'old1', want: 'new1', fix: 'update' }],
    })
  })

  it('is absent with the stage, not an error', async () => {
    const { aws } = scriptedAccount({
      GetStage: () => {
        throw new PrivlinkError('NotFound', 'Invalid stage identifier specified')
      },
    })
    expect(await stageLink.read(sight(aws, wanted))).toEqual({ state: 'absent' })
  })

  it('is set without touching other variables', async () => {
    const account = scriptedAccount()
    await stageLink.create?.({ aws: account.aws, inputs: wanted, identity, token: 'token' })
    expect(account.asked).toEqual([
      {
        operation: 'UpdateStage',
        input: {
          restApiId: 'abc123',
          stageName: 'test',
          patchOperations: [{ op: 'replace', path: '/variables/vpcLinkId', value: 'new1' }],
        },
      },
    ])
  })
})
