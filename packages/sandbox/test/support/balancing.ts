import {
  type Action,
  CreateListenerCommand,
  type CreateListenerCommandInput,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  type CreateTargetGroupCommandInput,
  CreateTrustStoreCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { readFileSync } from 'node:fs'

import type { WorldSpec } from '../../src/server/seed/seed.ts'
import type { CertificateFiles } from '../../../../test/support/certificates.ts'
import type { Clients } from '../../../../test/support/sandbox.ts'

export const account = '111122223333'
const region = 'us-east-1'
const place = { account, region }
export const certificateArn = `arn:aws:acm:${region}:${account}:certificate/0a1b2c3d`
const endpointId = 'vpce-0aaaaaaaaaaaaaaa1'
export const apiId = 'a1b2c3d4e5'
export const serverName = 'payments.example.internal'

const policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' }],
})

/** A VPC with a private API behind an endpoint, a certificate for the name, and what the operator keeps in a bucket. */
export const albWorld = ({ file }: CertificateFiles): WorldSpec => ({
  vpcs: [
    {
      ...place,
      vpcId: 'vpc-hub',
      cidr: '10.0.0.0/16',
      subnets: [
        { subnetId: 'subnet-a', cidr: '10.0.1.0/24', zoneId: 'use1-az1' },
        { subnetId: 'subnet-b', cidr: '10.0.2.0/24', zoneId: 'use1-az2' },
      ],
    },
    {
      ...place,
      vpcId: 'vpc-other',
      cidr: '10.1.0.0/16',
      subnets: [
        { subnetId: 'subnet-x', cidr: '10.1.1.0/24', zoneId: 'use1-az1' },
        { subnetId: 'subnet-y', cidr: '10.1.2.0/24', zoneId: 'use1-az2' },
      ],
    },
  ],
  securityGroups: [
    {
      ...place,
      groupId: 'sg-alb',
      vpcId: 'vpc-hub',
      name: 'alb',
      ingress: [
        { port: 443, cidr: '10.0.0.0/16' },
        { port: 80, cidr: '10.0.0.0/16' },
      ],
    },
    { ...place, groupId: 'sg-shut', vpcId: 'vpc-hub', name: 'shut', ingress: [] },
  ],
  endpoints: [
    {
      ...place,
      endpointId,
      vpcId: 'vpc-hub',
      subnetIds: ['subnet-a', 'subnet-b'],
      serviceName: `com.amazonaws.${region}.execute-api`,
      privateDns: false,
    },
  ],
  privateApis: [{ ...place, apiId, name: 'payments', stage: 'v1', policy, endpointIds: [endpointId] }],
  certificates: [
    {
      arn: certificateArn,
      ...place,
      name: serverName,
      issued: { certificate: readFileSync(file('server.pem'), 'utf8'), key: readFileSync(file('server.key'), 'utf8') },
    },
  ],
  objects: [
    { bucket: 'trust', key: 'clients.pem', body: readFileSync(file('client-ca.pem'), 'utf8'), version: 'v1' },
    { bucket: 'trust', key: 'clients.crl', body: readFileSync(file('client.crl'), 'utf8') },
    { bucket: 'trust', key: 'notes.txt', body: 'not a certificate' },
  ],
})

type ElbClient = Clients['elbv2']

const given = (arn: string | undefined): string => {
  if (arn === undefined) throw new Error('nothing was made')
  return arn
}

export async function makeBalancer(send: ElbClient, type: 'application' | 'network', over = {}): Promise<string> {
  const { LoadBalancers: [made] = [] } = await send.send(
    new CreateLoadBalancerCommand({
      Name: type === 'application' ? 'proxy' : 'front',
      Type: type,
      Scheme: 'internal',
      Subnets: ['subnet-a', 'subnet-b'],
      SecurityGroups: ['sg-alb'],
      ...over,
    }),
  )
  return given(made?.LoadBalancerArn)
}

export async function makeGroup(
  send: ElbClient,
  over: Partial<CreateTargetGroupCommandInput>,
  ...targets: { Id: string; Port?: number }[]
): Promise<string> {
  const { TargetGroups: [made] = [] } = await send.send(
    new CreateTargetGroupCommand({
      Name: 'api',
      Protocol: 'HTTPS',
      Port: 443,
      VpcId: 'vpc-hub',
      TargetType: 'ip',
      ...over,
    }),
  )
  const TargetGroupArn = given(made?.TargetGroupArn)
  if (targets.length > 0) await send.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: targets }))
  return TargetGroupArn
}

export async function makeListener(send: ElbClient, input: CreateListenerCommandInput): Promise<string> {
  const { Listeners: [made] = [] } = await send.send(new CreateListenerCommand(input))
  return given(made?.ListenerArn)
}

export async function makeTrustStore(send: ElbClient, over = {}): Promise<string> {
  const { TrustStores: [made] = [] } = await send.send(
    new CreateTrustStoreCommand({
      Name: 'clients',
      CaCertificatesBundleS3Bucket: 'trust',
      CaCertificatesBundleS3Key: 'clients.pem',
      ...over,
    }),
  )
  return given(made?.TrustStoreArn)
}

/** What a listener says to those whom no rule knows. */
export const notFound: Action = { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }

/** An HTTPS listener that verifies clients by a trust store. */
export const verifying = (LoadBalancerArn: string, TrustStoreArn: string): CreateListenerCommandInput => ({
  LoadBalancerArn,
  Protocol: 'HTTPS',
  Port: 443,
  Certificates: [{ CertificateArn: certificateArn }],
  SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
  MutualAuthentication: { Mode: 'verify', TrustStoreArn },
  DefaultActions: [notFound],
})
