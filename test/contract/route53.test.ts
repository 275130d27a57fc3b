import { beforeAll, describe, expect, it } from 'vitest'

import { startSandbox } from '../../packages/sandbox/src/server/sandbox.ts'
import { runningClock } from '../../src/clock.ts'
import { awsEnvironment, has, run } from '../support/programs.ts'
import { consumer, twoAccounts } from '../support/two-accounts.ts'

const awsCli = has('aws', '--version')
const boto3 = has('python3', '-c', 'import boto3')
const vpcId = 'vpc-0000000000000bbbb'
/** Half a minute, which a change takes, in a fraction of a second. */
const speed = 600

let url: string
beforeAll(async () => {
  const sandbox = await startSandbox({ clock: runningClock(speed), speed, seed: twoAccounts })
  url = sandbox.url
  return sandbox.close
})

const aws = (...args: string[]) => run(awsEnvironment(url, consumer), 'aws', 'route53', ...args)

async function answer(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await aws(...args)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout || '{}')
}

const batch = (Action: string) =>
  JSON.stringify({
    Changes: [
      {
        Action,
        ResourceRecordSet: {
          Name: 'orders.internal',
          Type: 'TXT',
          TTL: 60,
          ResourceRecords: [{ Value: '"a < b & c"' }],
        },
      },
    ],
  })

describe.skipIf(!awsCli)('the aws CLI', () => {
  it('makes a private zone, writes and lists its records, is told what is wrong, and takes all back', async () => {
    const made = await answer(
      'create-hosted-zone',
      '--name=orders.internal',
      '--caller-reference=cli',
      `--vpc=VPCRegion=us-east-1,VPCId=${vpcId}`,
      '--hosted-zone-config=Comment=<ours>,PrivateZone=true',
    )
    expect(made).toMatchObject({
      Location: expect.stringMatching(/^https:\/\/route53\.amazonaws\.com\/2013-04-01\/hostedzone\/Z/),
      HostedZone: { Name: 'orders.internal.', Config: { Comment: '<ours>', PrivateZone: true } },
      ChangeInfo: { Status: 'PENDING' },
    })
    const id = /"Id":"(\/hostedzone\/Z[^"]+)"/.exec(JSON.stringify(made))?.[1] ?? ''
    const change = ['change-resource-record-sets', '--hosted-zone-id', id, '--change-batch']
    const changed = await answer(...change, batch('CREATE'))
    const changeId = /"Id":"([^"]+)"/.exec(JSON.stringify(changed))?.[1] ?? ''
    await answer('wait', 'resource-record-sets-changed', '--id', changeId)
    const query = ['--query', 'ResourceRecordSets[?Type==`TXT`].ResourceRecords[0].Value']
    const { stdout } = await aws('list-resource-record-sets', '--hosted-zone-id', id, ...query, '--output', 'text')
    expect(stdout.trim()).toBe('"a < b & c"')

    const refused = await aws(...change, batch('CREATE'))
    expect(refused.stderr).toContain(
      "An error occurred (InvalidChangeBatch) when calling the ChangeResourceRecordSets operation: [Tried to create resource record set [name='orders.internal.', type='TXT'] but it already exists]",
    )
    const byVpc = await answer('list-hosted-zones-by-vpc', '--vpc-id', vpcId, '--vpc-region', 'us-east-1')
    expect(byVpc).toMatchObject({ HostedZoneSummaries: [{ Name: 'orders.internal.' }] })
    await answer(...change, batch('DELETE'))
    await answer('delete-hosted-zone', '--id', id)
    expect((await aws('get-hosted-zone', '--id', id)).stderr).toContain('(NoSuchHostedZone)')
  })
})

const script = `
import boto3, sys
from botocore.exceptions import ClientError
r = boto3.client('route53', endpoint_url=sys.argv[1])
zone = r.create_hosted_zone(Name='boto.internal', CallerReference='boto', VPC={'VPCRegion': 'us-east-1', 'VPCId': sys.argv[2]})
zone_id = zone['HostedZone']['Id'].split('/')[-1]
r.change_tags_for_resource(ResourceType='hostedzone', ResourceId=zone_id, AddTags=[{'Key': 'a', 'Value': 'b & c'}])
print(zone['ResponseMetadata']['HTTPStatusCode'], r.list_tags_for_resource(ResourceType='hostedzone', ResourceId=zone_id)['ResourceTagSet']['Tags'])
print([s['Type'] for page in r.get_paginator('list_resource_record_sets').paginate(HostedZoneId=zone_id, PaginationConfig={'PageSize': 1}) for s in page['ResourceRecordSets']])
print(sorted(z['Name'] for z in r.list_hosted_zones_by_name(DNSName='boto.internal')['HostedZones']))
try:
    r.create_hosted_zone(Name='boto.internal', CallerReference='again', VPC={'VPCRegion': 'us-east-1', 'VPCId': sys.argv[2]})
except ClientError as error:
    print(error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode'])
`

describe.skipIf(!boto3)('boto3', () => {
  it('reads what a zone has, page by page, and the errors as they are', async () => {
    const { stdout, stderr } = await run(awsEnvironment(url, consumer), 'python3', '-c', script, url, vpcId)
    expect(stderr).toBe('')
    expect(stdout.trim().split('\n')).toEqual([
      "201 [{'Key': 'a', 'Value': 'b & c'}]",
      "['NS', 'SOA']",
      "['boto.internal.']",
      'ConflictingDomainExists 400',
    ])
  })
})
