import { describe, expect, it } from 'vitest'
import { awsEnvironment, has, run as runIn } from '../../../test/support/programs.ts'
import { overTheWire } from './support/wire.ts'
import { AwsError } from '../src/state/aws-error.ts'

const boto3 = has('python3', '-c', 'import boto3')
const awsCli = has('aws', '--version')

const made = new Date(Date.UTC(2026, 0, 1, 12))
const awkward = 'a & b <c> "ü" 日本'

const wire = await overTheWire({
  ec2: {
    DescribeVpcEndpoints: {
      VpcEndpoints: [{ VpcEndpointId: 'vpce-1', SubnetIds: [], PolicyDocument: awkward, CreationTimestamp: made }],
    },
    CreateVpcEndpoint: { VpcEndpoint: { VpcEndpointId: 'vpce-1' } },
    DeleteVpc: () => {
      throw new AwsError('DependencyViolation', "The vpc 'vpc-1' has dependencies and cannot be deleted.")
    },
  },
  elasticloadbalancing: {
    DescribeTargetHealth: {
      TargetHealthDescriptions: [{ Target: { Id: '10.0.0.1', Port: 80 }, TargetHealth: { State: 'healthy' } }],
    },
    RegisterTargets: {},
  },
  apigateway: {
    GetRestApi: { id: 'api', name: awkward, createdDate: made, endpointConfiguration: { types: ['PRIVATE'] } },
    PutRestApi: { id: 'api' },
    GetResources: { items: [{ id: 'r', path: '/' }] },
    DeleteVpcLink: {},
    TagResource: {},
  },
  sts: { GetCallerIdentity: { Account: '111122223333', Arn: 'arn', UserId: 'u' } },
})

const run = (program: string, ...args: string[]) => runIn(awsEnvironment(wire.url, '111122223333'), program, ...args)

const script = `
import boto3, botocore, json
client = lambda name: boto3.client(name)
ec2, elb, api = client('ec2'), client('elbv2'), client('apigateway')
said = {}
endpoint = ec2.describe_vpc_endpoints(Filters=[{'Name': 'vpc-id', 'Values': ['a', 'b']}])['VpcEndpoints'][0]
said['endpoint'] = [endpoint['SubnetIds'], endpoint['PolicyDocument'], endpoint['CreationTimestamp'].timestamp()]
ec2.create_vpc_endpoint(VpcId='vpc-1', SubnetIds=['subnet-1', 'subnet-2'], ServiceName='s', PrivateDnsEnabled=True,
    TagSpecifications=[{'ResourceType': 'vpc-endpoint', 'Tags': [{'Key': 'k', 'Value': 'v'}]}])
elb.register_targets(TargetGroupArn='arn', Targets=[{'Id': '10.0.0.1', 'Port': 80}])
said['health'] = elb.describe_target_health(TargetGroupArn='arn')['TargetHealthDescriptions'][0]['TargetHealth']
rest = api.get_rest_api(restApiId='api')
said['api'] = [rest['name'], rest['createdDate'].timestamp(), rest['endpointConfiguration']['types']]
said['resources'] = api.get_resources(restApiId='api', embed=['methods'])['items']
said['deleted'] = api.delete_vpc_link(vpcLinkId='link')['ResponseMetadata']['HTTPStatusCode']
api.put_rest_api(restApiId='api', mode='overwrite', body=b'{}')
api.tag_resource(resourceArn='arn:aws:apigateway:us-east-1::/restapis/api', tags={'k': 'v'})
said['errors'] = []
for call in [lambda: ec2.delete_vpc(VpcId='vpc-1'), lambda: elb.describe_rules(), lambda: api.get_account()]:
    try:
        call()
    except botocore.exceptions.ClientError as error:
        said['errors'].append([error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode']])
print(json.dumps(said))
`

describe.skipIf(!boto3)('boto3', () => {
  it('reads every protocol without a warning, and is read', async () => {
    const from = wire.inputs.length
    const { code, stdout, stderr } = await run('python3', '-W', 'error::UserWarning', '-c', script)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toEqual({
      endpoint: [[], awkward, made.getTime() / 1000],
      health: { State: 'healthy' },
      api: [awkward, made.getTime() / 1000, ['PRIVATE']],
      resources: [{ id: 'r', path: '/' }],
      deleted: 202,
      errors: [
        ['DependencyViolation', 400],
        ['InvalidAction', 400],
        ['UnknownOperationException', 400],
      ],
    })
    expect(wire.inputs.slice(from)).toEqual([
      { Filters: [{ Name: 'vpc-id', Values: ['a', 'b'] }] },
      {
        VpcId: 'vpc-1',
        SubnetIds: ['subnet-1', 'subnet-2'],
        ServiceName: 's',
        PrivateDnsEnabled: true,
        TagSpecifications: [{ ResourceType: 'vpc-endpoint', Tags: [{ Key: 'k', Value: 'v' }] }],
      },
      { TargetGroupArn: 'arn', Targets: [{ Id: '10.0.0.1', Port: 80 }] },
      { TargetGroupArn: 'arn' },
      { restApiId: 'api' },
      { restApiId: 'api', embed: ['methods'] },
      { vpcLinkId: 'link' },
      { restApiId: 'api', mode: 'overwrite', body: Buffer.from('{}') },
      { resourceArn: 'arn:aws:apigateway:us-east-1::/restapis/api', tags: { k: 'v' } },
      { VpcId: 'vpc-1' },
    ])
  })
})

describe.skipIf(!awsCli)('the aws CLI', () => {
  it.each([
    ['sts get-caller-identity', { Account: '111122223333', Arn: 'arn', UserId: 'u' }],
    ['elbv2 describe-target-health --target-group-arn arn', { TargetHealthDescriptions: [expect.anything()] }],
    ['apigateway get-rest-api --rest-api-id api', expect.objectContaining({ id: 'api', name: awkward })],
  ])('%s', async (command, answer) => {
    const { stdout, stderr } = await run('aws', ...command.split(' '), '--output', 'json')
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual(answer)
  })

  it('shows an error as it shows those of AWS', async () => {
    const { code, stderr } = await run('aws', 'ec2', 'delete-vpc', '--vpc-id', 'vpc-1')
    // Version 1 and version 2 of the CLI.
    expect([255, 254]).toContain(code)
    expect(stderr.trim()).toMatch(/\(DependencyViolation\) when calling the DeleteVpc operation: The vpc 'vpc-1' has/)
  })
})
