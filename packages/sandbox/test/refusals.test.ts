import { CreateRestApiCommand, GetRestApiCommand } from '@aws-sdk/client-api-gateway'
import { CreateVpcCommand } from '@aws-sdk/client-ec2'
import { describe, expect, it } from 'vitest'

import { overTheWire } from './support/wire.ts'

describe('what is not modelled', () => {
  it('is named: an operation', async () => {
    const { clients } = await overTheWire({ ec2: {}, apigateway: {} })
    await expect(clients.ec2.send(new CreateVpcCommand({}))).rejects.toMatchObject({
      name: 'InvalidAction',
      message: expect.stringContaining('CreateVpc'),
      $metadata: { httpStatusCode: 400 },
    })
    await expect(clients.apigateway.send(new GetRestApiCommand({ restApiId: 'api' }))).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringContaining('GetRestApi'),
      $metadata: { httpStatusCode: 400 },
    })
  })

  it.each([
    ['ec2', new CreateVpcCommand({ Ipv6Pool: 'pool' }), 'UnsupportedParameter', 'Ipv6Pool'],
    ['apigateway', new CreateRestApiCommand({ name: 'a', cloneFrom: 'b' }), 'BadRequestException', 'cloneFrom'],
  ])('is named: a parameter of %s', async (id, command, name, parameter) => {
    const { clients, inputs } = await overTheWire({ [id]: { CreateVpc: {}, CreateRestApi: {} } })
    const sent = command instanceof CreateVpcCommand ? clients.ec2.send(command) : clients.apigateway.send(command)
    await expect(sent).rejects.toMatchObject({ name, message: expect.stringContaining(parameter) })
    expect(inputs).toEqual([])
  })

  it('may be mentioned if it says nothing', async () => {
    const { clients, inputs } = await overTheWire({ apigateway: { CreateRestApi: { id: 'api' } } })
    await clients.apigateway.send(new CreateRestApiCommand({ name: 'a', cloneFrom: '' }))
    expect(inputs).toHaveLength(1)
  })
})

describe('what is wrong in a request', () => {
  const form = async (url: string, service: string, body: string) => {
    const scope = `Credential=111122223333/20260101/us-east-1/${service}/aws4_request`
    const headers = {
      authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0`,
      'content-type': 'application/x-www-form-urlencoded',
    }
    const answer = await fetch(url, { method: 'POST', headers, body })
    return `${answer.status} ${await answer.text()}`
  }

  it.each([
    ['a required one is missing', 'Action=DeleteVpc', '400', 'MissingParameter', 'VpcId'],
    ['it does not exist', 'Action=DeleteVpc&VpcId=vpc-1&Foo.1.Bar=x', '400', 'UnknownParameter', 'Foo'],
    ['it is of another type', 'Action=DescribeVpcs&MaxResults=ten', '400', 'InvalidParameterValue', 'MaxResults'],
    ['a list has no number', 'Action=DescribeVpcs&Filter.Name=x', '400', 'UnknownParameter', 'Filter.Name'],
  ])('an EC2 parameter is named when %s', async (_, body, status, code, name) => {
    const { url } = await overTheWire({ ec2: { DeleteVpc: {}, DescribeVpcs: {} } })
    const answer = await form(url, 'ec2', body)
    expect(answer).toMatch(new RegExp(`^${status} .*<Response><Errors><Error><Code>${code}</Code>.*${name}`, 's'))
  })

  it('a missing member of ELB is a ValidationError of the sender', async () => {
    const { url } = await overTheWire({ elasticloadbalancing: { RegisterTargets: {} } })
    const answer = await form(url, 'elasticloadbalancing', 'Action=RegisterTargets&TargetGroupArn=arn')
    expect(answer).toMatch(/<ErrorResponse .*<Type>Sender<\/Type><Code>ValidationError<\/Code>.*Targets/s)
  })

  it('a request without a signature is refused', async () => {
    const { url } = await overTheWire({ ec2: {} })
    const answer = await fetch(url)
    expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([403, 'MissingAuthenticationToken'])
  })

  it('a service that is not there is named', async () => {
    const { url } = await overTheWire({ ec2: {} })
    expect(await form(url, 'iam', 'Action=ListRoles')).toMatch(/^400 .*UnknownOperationException.*service iam/s)
  })
})
