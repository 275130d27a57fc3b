import {
  DeleteRestApiCommand,
  GetExportCommand,
  GetResourcesCommand,
  GetRestApiCommand,
  ImportRestApiCommand,
  PutIntegrationCommand,
  PutRestApiCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-api-gateway'
import {
  CreateVpcEndpointCommand,
  DeleteVpcCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  ModifyVpcAttributeCommand,
} from '@aws-sdk/client-ec2'
import {
  CreateTargetGroupCommand,
  DescribeTargetHealthCommand,
  RegisterTargetsCommand,
  SetSecurityGroupsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { describe, expect, it } from 'vitest'
import { overTheWire } from './support/wire.ts'
import { AwsError } from '../src/state/aws-error.ts'

const awkward = 'a & b <c> "d" \'e\' \r\n\ttwo  spaces, ünï, 日本'

const bare = (answer: { $metadata: object }) => ({ ...answer, $metadata: undefined })

describe('EC2 Query', () => {
  it('reads lists, structures, booleans and text as the SDK wrote them', async () => {
    const { clients, inputs } = await overTheWire({ ec2: { CreateVpcEndpoint: {} } })
    const input = {
      VpcId: 'vpc-1',
      VpcEndpointType: 'Interface' as const,
      ServiceName: awkward,
      SubnetIds: Array.from({ length: 11 }, (_, index) => `subnet-${index}`),
      SecurityGroupIds: ['sg-1'],
      PrivateDnsEnabled: false,
      DnsOptions: { DnsRecordIpType: 'ipv4' as const, PrivateDnsOnlyForInboundResolverEndpoint: true },
      TagSpecifications: [{ ResourceType: 'vpc-endpoint' as const, Tags: [{ Key: 'a.b', Value: '' }] }],
    }
    await clients.ec2.send(new CreateVpcEndpointCommand({ ...input, ClientToken: 'token' }))
    expect(inputs).toEqual([{ ...input, ClientToken: 'token' }])
  })

  it('reads structures around a single value', async () => {
    const { clients, inputs } = await overTheWire({ ec2: { ModifyVpcAttribute: {} } })
    await clients.ec2.send(new ModifyVpcAttributeCommand({ VpcId: 'vpc-1', EnableDnsSupport: { Value: false } }))
    expect(inputs).toEqual([{ VpcId: 'vpc-1', EnableDnsSupport: { Value: false } }])
  })

  it('writes what the SDK reads back: empty lists, times, awkward text, nothing for what is undefined', async () => {
    const endpoint = {
      VpcEndpointId: 'vpce-1',
      PolicyDocument: awkward,
      SubnetIds: [],
      Groups: [{ GroupId: 'sg-1', GroupName: 'one' }],
      NetworkInterfaceIds: ['eni-1', 'eni-2'],
      CreationTimestamp: new Date(Date.UTC(2026, 0, 1, 12)),
      PrivateDnsEnabled: false,
      Tags: [{ Key: 'k', Value: '' }],
    }
    const { clients } = await overTheWire({
      ec2: { DescribeVpcEndpoints: { VpcEndpoints: [{ ...endpoint, LastError: undefined }], NextToken: undefined } },
    })
    expect(bare(await clients.ec2.send(new DescribeVpcEndpointsCommand({})))).toEqual({ VpcEndpoints: [endpoint] })
  })

  it('prints an empty list as an empty element, and true for an operation that returns nothing', async () => {
    const { url, clients, requests } = await overTheWire({ ec2: { DescribeVpcs: { Vpcs: [] }, DeleteVpc: {} } })
    await clients.ec2.send(new DescribeVpcsCommand({}))
    await clients.ec2.send(new DeleteVpcCommand({ VpcId: 'vpc-1' }))
    const texts = await Promise.all(
      requests.slice(0, 2).map(async ({ headers, body }) =>
        (
          await fetch(url, {
            method: 'POST',
            headers: {
              authorization: headers['authorization'] ?? '',
              'content-type': 'application/x-www-form-urlencoded',
            },
            body: body.toString(),
          })
        ).text(),
      ),
    )
    expect(texts[0]).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<DescribeVpcsResponse xmlns="http:\/\/ec2.amazonaws.com\/doc\/2016-11-15\/"><requestId>[\w-]+<\/requestId><vpcSet\/><\/DescribeVpcsResponse>$/,
    )
    expect(texts[1]).toContain('<return>true</return>')
  })

  it('says that a dry run would have succeeded, without running it', async () => {
    const { clients, inputs } = await overTheWire({ ec2: { DeleteVpc: {} } })
    await expect(clients.ec2.send(new DeleteVpcCommand({ VpcId: 'vpc-1', DryRun: true }))).rejects.toMatchObject({
      name: 'DryRunOperation',
      message: 'Request would have succeeded, but DryRun flag is set.',
    })
    expect(inputs).toEqual([])
  })

  it('sends errors with their code, message and status', async () => {
    const refuse = () => {
      throw new AwsError('InvalidVpcID.NotFound', `The vpc ID '${awkward}' does not exist`)
    }
    const { clients } = await overTheWire({ ec2: { DescribeVpcs: refuse } })
    await expect(clients.ec2.send(new DescribeVpcsCommand({}))).rejects.toMatchObject({
      name: 'InvalidVpcID.NotFound',
      message: `The vpc ID '${awkward}' does not exist`,
      $metadata: { httpStatusCode: 400 },
    })
  })
})

describe('Query', () => {
  it('reads lists of structures, and lists that are empty', async () => {
    const { clients, inputs } = await overTheWire({
      elasticloadbalancing: { RegisterTargets: {}, SetSecurityGroups: {} },
    })
    const Targets = [
      { Id: '10.0.0.1', Port: 80 },
      { Id: '10.0.0.2', AvailabilityZone: 'all' },
    ]
    await clients.elbv2.send(new RegisterTargetsCommand({ TargetGroupArn: 'arn', Targets }))
    await clients.elbv2.send(new SetSecurityGroupsCommand({ LoadBalancerArn: 'arn', SecurityGroups: [] }))
    expect(inputs).toEqual([
      { TargetGroupArn: 'arn', Targets },
      { LoadBalancerArn: 'arn', SecurityGroups: [] },
    ])
  })

  it('reads numbers, booleans and structures', async () => {
    const { clients, inputs } = await overTheWire({ elasticloadbalancing: { CreateTargetGroup: {} } })
    const input = { Name: 'tg', Port: 443, HealthCheckEnabled: true, Matcher: { HttpCode: '200-399' } }
    await clients.elbv2.send(new CreateTargetGroupCommand(input))
    expect(inputs).toEqual([input])
  })

  it('writes what the SDK reads back', async () => {
    const answer = {
      TargetHealthDescriptions: [
        { Target: { Id: '10.0.0.1', Port: 80 }, HealthCheckPort: '80', TargetHealth: { State: 'healthy' } },
      ],
    }
    const { clients } = await overTheWire({ elasticloadbalancing: { DescribeTargetHealth: answer } })
    const command = new DescribeTargetHealthCommand({ TargetGroupArn: 'arn' })
    expect(bare(await clients.elbv2.send(command))).toEqual(answer)
  })

  it('sends modelled errors by their wire code, and the SDK knows their class', async () => {
    const refuse = () => {
      throw new AwsError('TargetGroupNotFound', 'One or more target groups not found')
    }
    const { clients } = await overTheWire({ elasticloadbalancing: { DescribeTargetHealth: refuse } })
    const command = new DescribeTargetHealthCommand({ TargetGroupArn: 'arn' })
    await expect(clients.elbv2.send(command)).rejects.toMatchObject({
      name: 'TargetGroupNotFoundException',
      message: 'One or more target groups not found',
    })
  })
})

describe('REST-JSON', () => {
  it('keeps the method of the path apart from the method in the body', async () => {
    const { clients, inputs } = await overTheWire({ apigateway: { PutIntegration: { type: 'HTTP_PROXY' } } })
    const input = {
      restApiId: 'api',
      resourceId: 'res',
      httpMethod: 'ANY',
      integrationHttpMethod: 'GET',
      type: 'HTTP_PROXY' as const,
      uri: 'https://example.internal/{proxy}',
      requestParameters: { 'integration.request.path.proxy': 'method.request.path.proxy' },
      timeoutInMillis: 29_000,
      tlsConfig: { insecureSkipVerification: true },
    }
    await clients.apigateway.send(new PutIntegrationCommand(input))
    expect(inputs).toEqual([input])
  })

  it('reads a payload as bytes, with every unclaimed query parameter beside it', async () => {
    const { clients, inputs } = await overTheWire({
      apigateway: { PutRestApi: { id: 'api' }, ImportRestApi: { id: 'api' } },
    })
    const body = Buffer.from('{"openapi":"3.0.1"}')
    const parameters = { endpointConfigurationTypes: 'PRIVATE' }
    await clients.apigateway.send(
      new PutRestApiCommand({ restApiId: 'api', mode: 'overwrite', failOnWarnings: true, parameters, body }),
    )
    await clients.apigateway.send(new ImportRestApiCommand({ parameters, body }))
    expect(inputs).toEqual([
      { restApiId: 'api', mode: 'overwrite', failOnWarnings: true, parameters, body },
      { parameters, body },
    ])
  })

  it('answers a payload with its headers', async () => {
    const { clients } = await overTheWire({
      apigateway: { GetExport: { contentType: 'application/json', body: Buffer.from('{"swagger":"2.0"}') } },
    })
    const { body, contentType } = await clients.apigateway.send(
      new GetExportCommand({ restApiId: 'api', stageName: 'test', exportType: 'oas30', accepts: 'application/json' }),
    )
    expect(contentType).toBe('application/json')
    expect(Buffer.from(body ?? []).toString()).toBe('{"swagger":"2.0"}')
  })

  it('reads an ARN in the path, and lists in the query string', async () => {
    const { clients, inputs } = await overTheWire({
      apigateway: { TagResource: {}, UntagResource: {}, GetResources: { items: [], position: 'next' } },
    })
    const resourceArn = 'arn:aws:apigateway:us-east-1::/restapis/api/stages/test'
    await clients.apigateway.send(new TagResourceCommand({ resourceArn, tags: { a: 'b/c?' } }))
    await clients.apigateway.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a', 'b c'] }))
    const page = await clients.apigateway.send(
      new GetResourcesCommand({ restApiId: 'api', limit: 2, embed: ['methods'] }),
    )
    expect(inputs).toEqual([
      { resourceArn, tags: { a: 'b/c?' } },
      { resourceArn, tagKeys: ['a', 'b c'] },
      { restApiId: 'api', limit: 2, embed: ['methods'] },
    ])
    expect(bare(page)).toEqual({ items: [], position: 'next' })
  })

  it('writes times, maps and nested structures that the SDK reads back', async () => {
    const api = {
      id: 'api',
      name: awkward,
      createdDate: new Date(Date.UTC(2026, 0, 1)),
      endpointConfiguration: { types: ['PRIVATE'], vpcEndpointIds: ['vpce-1'] },
      policy: '{\\"Version\\":\\"2012-10-17\\"}',
      tags: { 'privlink:node': 'x' },
    }
    const { clients } = await overTheWire({ apigateway: { GetRestApi: { ...api, description: undefined } } })
    expect(bare(await clients.apigateway.send(new GetRestApiCommand({ restApiId: 'api' })))).toEqual(api)
  })

  it('answers a deletion with 202 and no body', async () => {
    const { clients } = await overTheWire({ apigateway: { DeleteRestApi: {} } })
    const { $metadata } = await clients.apigateway.send(new DeleteRestApiCommand({ restApiId: 'api' }))
    expect($metadata.httpStatusCode).toBe(202)
  })

  it('sends errors with their modelled status and members', async () => {
    const { clients } = await overTheWire({
      apigateway: {
        GetRestApi: () => {
          throw new AwsError('NotFoundException', 'Invalid API identifier specified 1:api')
        },
        DeleteRestApi: () => {
          throw new AwsError('TooManyRequestsException', 'Too Many Requests', 429, { retryAfterSeconds: 30 })
        },
      },
    })
    await expect(clients.apigateway.send(new GetRestApiCommand({ restApiId: 'api' }))).rejects.toMatchObject({
      name: 'NotFoundException',
      message: 'Invalid API identifier specified 1:api',
      $metadata: { httpStatusCode: 404 },
    })
    await expect(clients.apigateway.send(new DeleteRestApiCommand({ restApiId: 'api' }))).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      retryAfterSeconds: '30',
    })
  })
})
