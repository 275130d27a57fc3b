import { readFile, rm, writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { only, type RawConfig, set } from '../support/example.ts'
import { newWorkspace } from '../support/workspace.ts'

type Workspace = Awaited<ReturnType<typeof newWorkspace>>

describe('a config that is wrong is refused with every place that has to be put right', () => {
  let workspace: Workspace
  beforeAll(async () => {
    workspace = await newWorkspace(only('orders'))
  })

  /** Each problem: the key and value that it stands at, and what is said of them. */
  const wrong = async (...problems: (readonly [key: string, value: string, said: string])[]) => {
    const { config, privlink, sandbox } = workspace
    const lines = (await readFile(config, 'utf8')).split('\n')
    const sentences = problems.map(([key, value, said]) => {
      const line = lines.findIndex((text) => text.includes(`${key}: ${value}`))
      return `${config}:${line + 1}:${(lines[line]?.indexOf(`: ${value}`) ?? 0) + 3}: ${said}`
    })
    for (const argv of [['setup'], ['plan'], ['verify'], ['teardown', '--yes'], ['status']]) {
      const [one] = sentences
      const stderr = sentences.length === 1 ? `error: ${one}\n` : ['error:', ...sentences, ''].join('\n')
      expect(await privlink(argv)).toEqual({ exit: 2, stdout: '', stderr })
    }
    expect(sandbox.calls).toEqual([])
  }

  it('malformed YAML', async () => {
    await workspace.write('deployment: acme\naccounts: [gateway\n')
    const { exit, stderr } = await workspace.privlink(['setup'])
    expect({ exit, stderr }).toEqual({
      exit: 2,
      stderr: `error: ${workspace.config}:3:1: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]\n`,
    })
    expect(workspace.sandbox.calls).toEqual([])
  })

  it('wrong types, all at once', async () => {
    await workspace.rewrite((raw) => {
      raw['deployment'] = 7
      set('networks', 'hub', { subnetIds: 'subnet-1' })(raw)
      set('integrations', 'orders', { api: { stage: 'test', cors: 'perhaps' } })(raw)
    })
    await wrong(
      ['deployment', '7', 'deployment: expected text, got 7: put it in quotes, "7"'],
      ['subnetIds', 'subnet-1', 'networks.hub.subnetIds: expected a list, got "subnet-1"'],
      ['cors', 'perhaps', 'integrations.orders.api.cors: expected true or false, got "perhaps"'],
    )
  })

  it('an unknown flow', async () => {
    await workspace.rewrite(set('integrations', 'orders', { flow: 'application-acount' }))
    const expected =
      'expected "application-account" or "other-network" or "regional-front-door" or "lambda-consumer" or "mtls-proxy", got "application-acount"'
    const said = `integrations.orders.flow: ${expected}; did you mean "application-account"?`
    await wrong(['flow', 'application-acount', said])
  })

  it('a missing account', async () => {
    await workspace.rewrite((raw) => {
      delete raw.accounts['consumer']
      set('networks', 'hub', { account: 'gatewy' })(raw)
    })
    const expected = 'expected the name of one of the accounts, got'
    const known = 'known here: gateway, application, stranger'
    await wrong(
      ['account', 'gatewy', `networks.hub.account: ${expected} "gatewy"; did you mean "gateway"? ${known}`],
      ['account', 'consumer', `networks.shop.account: ${expected} "consumer"; ${known}`],
    )
  })

  it('a role of another account than it says', async () => {
    await workspace.rewrite(set('accounts', 'consumer', { id: '123456789012' }))
    const said = 'accounts.consumer.roleArn: expected a role of account 123456789012, got one of 555550000000'
    await wrong(['roleArn', 'arn:aws:iam::555550000000', said])
  })

  it('and so is a name for --only or --replace that is nowhere in it', async () => {
    await workspace.rewrite()
    for (const [argv, said, hint] of [
      [['--only', 'order'], 'there is no integration or step called "order"', 'Known integrations: orders.'],
      [['--replace', 'orders/lnk'], '--replace names "orders/lnk", which is no step of this config', 'orders/link"?'],
    ] as const) {
      const { exit, stderr } = await workspace.privlink(['setup', ...argv])
      expect(stderr).toContain(`error: ${said}\n  → `)
      expect(stderr).toContain(hint)
      expect(exit).toBe(2)
    }
    expect(workspace.mutations()).toEqual([])
  })

  it('and once it is right, setup goes on as if nothing had been', async () => {
    await workspace.rewrite()
    await workspace.expectToGoOn()
  })
})

describe('before anything is made', () => {
  const hub = 'vpc-0a1b2c3d4e5f60718'
  const cases: {
    trouble: string
    exit: number
    sentences: string[]
    config?: (raw: RawConfig) => void
    cause?: (workspace: Workspace) => unknown
    cure?: (workspace: Workspace) => unknown
  }[] = [
    {
      trouble: 'a role of which AWS says that it belongs to another account',
      exit: 4,
      sentences: [
        'account gateway should be 842340000000, but arn:aws:sts::999990000000:assumed-role/privlink/privlink belongs to 999990000000',
        '→ Correct accounts.gateway: id and roleArn must name the same account.',
      ],
      cause: ({ sandbox }) => (roleOf(sandbox, '842340000000').account = '999990000000'),
      cure: ({ sandbox }) => (roleOf(sandbox, '842340000000').account = '842340000000'),
    },
    {
      trouble: 'a role that may not be assumed',
      exit: 4,
      sentences: [
        'account gateway: arn:aws:iam::000000000000:root may not assume arn:aws:iam::842340000000:role/privlink',
        'its trust policy names arn:aws:iam::000000000000:root, that the ExternalId it asks for is "wrong"',
      ],
      config: set('accounts', 'gateway', { externalId: 'wrong' }),
    },
    {
      trouble: 'a role that does not exist',
      exit: 4,
      sentences: [
        'account consumer: arn:aws:iam::000000000000:root may not assume arn:aws:iam::555550000000:role/privlnk',
        '→ Check that the role exists',
      ],
      config: set('accounts', 'consumer', { roleArn: 'arn:aws:iam::555550000000:role/privlnk' }),
    },
    {
      trouble: 'a subnet that does not exist',
      exit: 2,
      sentences: [
        `gateway/${hub}/network (step 2, account gateway): subnet-0cc33333333333333 does not exist in account gateway (842340000000, us-east-1)`,
        '→ Correct vpcId and subnetIds under "networks" in the config',
        'steps: nothing is made before the above is put right',
      ],
      config: set('networks', 'hub', { subnetIds: ['subnet-0aa11111111111111', 'subnet-0cc33333333333333'] }),
    },
    {
      trouble: 'a subnet of another VPC',
      exit: 2,
      sentences: [
        `subnet-0ff66666666666666 in account gateway (842340000000, us-east-1) belongs to vpc-0ff66666666666666, not to ${hub}`,
        '→ Correct vpcId and subnetIds under "networks" in the config',
      ],
      config: set('networks', 'hub', { subnetIds: ['subnet-0aa11111111111111', 'subnet-0ff66666666666666'] }),
    },
    {
      trouble: 'no Availability Zone in common',
      exit: 2,
      sentences: [
        'orders/zones (step 2, account gateway): the',
        "is in use1-az6, the network's subnets are in use1-az1, use1-az2",
        '→ Add a subnet in one of',
      ],
      cause: ({ sandbox }) => inZones(sandbox, ['use1-az6', 'use1-az6']),
      cure: ({ sandbox }) => inZones(sandbox, ['use1-az1', 'use1-az2']),
    },
    {
      trouble: 'an application that does not listen on the port',
      exit: 2,
      sentences: ['has no listener on port 81; it listens on 80'],
      config: (raw) =>
        set('integrations', 'orders', {
          application: { ...Object(raw.integrations['orders']?.['application']), port: 81 },
        })(raw),
    },
    {
      trouble: 'the private name in use by an endpoint of somebody else',
      exit: 2,
      sentences: [
        'consumer/vpc-0c1d2e3f405162738/private-dns (step 6, account consumer): vpce-0aaaaaaaaaaaaaaaa has the private name in vpc-0c1d2e3f405162738 already',
        '→ Use it with executeApi.endpointId: vpce-0aaaaaaaaaaaaaaaa for this network, or set executeApi.privateDns: false.',
      ],
      cause: ({ sandbox }) =>
        sandbox.seed({
          endpoints: [
            {
              account: '555550000000',
              region: 'us-east-1',
              endpointId: 'vpce-0aaaaaaaaaaaaaaaa',
              vpcId: 'vpc-0c1d2e3f405162738',
              subnetIds: ['subnet-0cc33333333333333'],
              serviceName: 'com.amazonaws.us-east-1.execute-api',
              privateDns: true,
            },
          ],
        }),
      // As the hint says: the endpoint that is there is taken.
      cure: ({ rewrite }) => rewrite(set('networks', 'shop', { executeApi: { endpointId: 'vpce-0aaaaaaaaaaaaaaaa' } })),
    },
  ]

  it.each(cases)('$trouble is told, nothing is changed, and the next run goes on', async (one) => {
    const workspace = await newWorkspace(only('orders'))
    await workspace.sandbox.seed({ vpcs: [secondVpc] })
    await one.cause?.(workspace)
    const atFirst = workspace.inventory()
    await workspace.rewrite(one.config)
    const { exit, stderr } = await workspace.privlink(['setup'])
    for (const sentence of one.sentences) expect(stderr).toContain(sentence)
    expect(exit).toBe(one.exit)
    expect(workspace.mutations()).toEqual([])
    expect(await workspace.ledger()).toEqual({})
    expect(workspace.inventory()).toEqual(atFirst)

    await workspace.rewrite()
    await one.cure?.(workspace)
    const again = await workspace.privlink(['setup'])
    expect(again.exit, again.stderr).toBe(0)
    await workspace.expectTrueLedger()
    expect((await workspace.privlink(['teardown', '--yes'])).exit).toBe(0)
    expect(await workspace.ledger()).toEqual({})
    expect(workspace.inventory()).toEqual(atFirst)
  })
})

const secondVpc = {
  account: '842340000000',
  region: 'us-east-1',
  vpcId: 'vpc-0ff66666666666666',
  cidr: '10.77.0.0/16',
  subnets: [{ subnetId: 'subnet-0ff66666666666666', cidr: '10.77.0.0/24' }],
}

function roleOf({ world }: Workspace['sandbox'], account: string) {
  const role = world.iam.roles[`arn:aws:iam::${account}:role/privlink`]
  if (role === undefined) throw new Error(`there is no role in ${account}`)
  return role
}

function inZones({ world }: Workspace['sandbox'], zones: readonly string[]): void {
  const [balancer] = Object.values(world.elbv2.loadBalancers)
  for (const [index, subnetId] of (balancer?.subnetIds ?? []).entries()) {
    Object.assign(world.ec2.subnets[subnetId] ?? {}, { zoneId: zones[index] })
  }
}

describe('a ledger', () => {
  it('that does not parse stops every command, and everything is found again without it', async () => {
    const workspace = await newWorkspace(only('warehouse'))
    const { privlink, ledgerPath } = workspace
    expect((await privlink(['setup'])).exit).toBe(0)
    const good = await readFile(ledgerPath, 'utf8')
    const made = workspace.mutations()

    for (const [text, why] of [
      [good.slice(0, 500), 'it is not JSON ('],
      ['', 'it is not JSON ('],
      [good.replace('"ready"', '"redy"'), 'entries.'],
    ] as const) {
      await writeFile(ledgerPath, text)
      for (const argv of [['setup'], ['plan'], ['verify'], ['teardown', '--yes'], ['status']]) {
        const { exit, stderr } = await privlink(argv)
        expect(exit).toBe(1)
        expect(stderr).toContain(`error: The ledger ${ledgerPath} cannot be used: ${why}`)
        expect(stderr).toContain('→ Restore it from a copy, or move it away and run setup: it finds everything')
      }
    }
    expect(await readFile(ledgerPath, 'utf8')).toBe(good.replace('"ready"', '"redy"'))

    await rm(ledgerPath)
    const again = await privlink(['setup'])
    expect(again, again.stderr).toMatchObject({ exit: 0 })
    expect(workspace.mutations()).toEqual(made)
    await workspace.expectTrueLedger()
    await workspace.expectToLeaveNothing()
  })

  it('of another deployment or of other accounts is left alone', async () => {
    const workspace = await newWorkspace(only('warehouse'))
    const { privlink, ledgerPath } = workspace
    expect((await privlink(['setup'])).exit).toBe(0)
    const [made, calls] = [workspace.mutations(), workspace.sandbox.calls.length]

    const refused = async (message: string, hint: string) => {
      for (const argv of [['setup'], ['plan'], ['verify'], ['teardown', '--yes']]) {
        const { exit, stderr } = await privlink(argv)
        expect(stderr).toBe(`error: The ledger ${ledgerPath} ${message}\n  → ${hint}\n`)
        expect(exit).toBe(2)
      }
      expect(workspace.sandbox.calls).toHaveLength(calls)
    }
    await workspace.rewrite((raw) => (raw['deployment'] = 'other-apis'))
    await refused(
      'belongs to the deployment acme-apis, not to other-apis',
      'Name the ledger of this deployment with --ledger FILE.',
    )
    await workspace.rewrite(
      set('accounts', 'gateway', { id: '999990000000', roleArn: 'arn:aws:iam::999990000000:role/privlink' }),
    )
    await refused(
      'was written for account gateway = 842340000000 in us-east-1; the config says 999990000000 in us-east-1',
      'Tear the old deployment down with its ledger first, or name another ledger with --ledger FILE.',
    )

    await workspace.rewrite()
    expect((await privlink(['setup'])).exit).toBe(0)
    expect(workspace.mutations()).toEqual(made)
    await workspace.expectToLeaveNothing()
  })

  it('that another run holds is not touched: the second of two setups at once is told who holds it', async () => {
    const workspace = await newWorkspace(only('warehouse'))
    const { privlink, ledgerPath } = workspace
    let second: ReturnType<typeof privlink> | undefined
    const first = await privlink(['setup'], {
      listen: (said) => {
        if (said.includes('creating')) second ??= privlink(['setup'])
      },
    })
    const refused = await second
    expect(refused?.exit).toBe(1)
    expect(refused?.stderr).toMatch(
      new RegExp(
        `^error: The ledger \\S+ is in use by \`privlink setup\` \\(process ${process.pid} on \\S+, since .*\\)`,
      ),
    )
    expect(refused?.stderr).toContain(`If it is gone for certain: privlink unlock --ledger ${ledgerPath}`)
    expect(first.exit, first.stderr).toBe(0)
    expect(workspace.mutations().filter((operation) => operation === 'CreateRestApi')).toHaveLength(1)
    await workspace.expectToGoOn()
  })
})
