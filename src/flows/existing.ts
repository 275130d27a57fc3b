// The plain data that describes what exists before privlink runs.
/**
 * The things that exist before privlink runs, by the config: enough to seed a rehearsal with. Where the config says
 * nothing (blocks of addresses, the application's own VPC), something fitting is made up, the same in every run.
 */
export interface Existing {
  accounts: { id: string; region: string; roleArn: string | undefined; externalId: string | undefined }[]
  vpcs: ExistingVpc[]
  loadBalancers: ExistingLoadBalancer[]
  /** Endpoints that the config names, or that stand for a foreign network. */
  endpoints: ExistingEndpoint[]
  /** REST APIs of others, whose policies let in the endpoints of others. */
  privateApis: ExistingApi[]
  /** Functions of others that call private APIs. */
  functions: ExistingFunction[]
  /** Accounts and Regions in which API Gateway has a role for writing logs. */
  logging: { accountId: string; region: string }[]
  secrets: ExistingSecret[]
  /** VPCs whose subnets have a way to the internet, as a NAT gateway would give it. */
  internet: string[]
  /** Servers outside every VPC of the config. */
  hosts: { ip: string; port: number; name: string }[]
  /** DNS names of targets. */
  names: Record<string, string[]>
  /** Objects in S3 that the proxies' trust stores are read from. */
  objects: ExistingObject[]
  /** Certificates of ACM, by the account and Region of their ARNs. */
  certificates: { accountId: string; region: string; arn: string; name: string }[]
}

interface ExistingObject {
  bucket: string
  key: string
  version?: string | undefined
  holds: 'authorities' | 'revocations'
  /** A file with the same content, as the config has it. */
  copy?: string | undefined
}

export interface ExistingVpc {
  accountId: string
  region: string
  vpcId: string
  cidr: string
  subnets: { subnetId: string; cidr: string }[]
  /** Routes of the main route table, beside the local one. */
  routes: { destination: string; target: string }[]
}

interface ExistingLoadBalancer {
  accountId: string
  region: string
  arn: string
  vpcId: string
  subnetIds: string[]
  port: number
  targets: { ip: string; port: number; host: string }[]
  tags: Record<string, string>
}

interface ExistingApi {
  accountId: string
  region: string
  apiId: string
  name: string
  stage: string
  /** Endpoints that its policy lets in. */
  endpointIds: string[]
}

/** A secret that the config names. A rehearsal makes up its content by its kind. */
interface ExistingSecret {
  accountId: string
  region: string
  arn: string
  kind: 'certificate' | 'key' | 'ca' | 'crl'
  /** The name in the certificate. A certificate and a key of the same name belong together. */
  name: string
}

interface ExistingFunction {
  accountId: string
  region: string
  arn: string
  vpcId: string
  subnetIds: string[]
  handler: string
  /** The text of each file, by its path. */
  files: Record<string, string>
  environment: Record<string, string>
}

interface ExistingEndpoint {
  accountId: string
  region: string
  endpointId: string
  vpcId: string
  subnetIds: string[]
  serviceName: string
  privateDns: boolean
  /** A gateway endpoint is in the route tables of its subnets. Default: Interface. */
  type?: 'Interface' | 'Gateway'
}
