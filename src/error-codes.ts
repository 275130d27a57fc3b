/** One code: why it happens, and what to do. docs/errors.md is made from these. */
interface CodePage {
  cause: string
  action: string
}

/**
 * Every error code, in one place: `new PrivlinkError` takes no other. Codes are stable: pipelines decide by them.
 */
export const errorCodes = {
  AdoptNotFound: {
    cause: 'The id that `adopt`, a network or an integration names for a node does not exist in the account.',
    action: 'Correct the id, or leave it out to have a new thing made.',
  },
  AdoptUnknown: {
    cause: '`adopt` names a key that no node of this config has.',
    action: 'Take the key from `privlink plan`, which shows all of them.',
  },
  AnswerIncomplete: {
    cause: 'AWS answered without a member that its API reference promises.',
    action: 'Run the same command again. If it stays, compare the endpoint that answers with the AWS documentation.',
  },
  AnswerLost: {
    cause: 'The connection broke after a request left: it may or may not have taken effect.',
    action: 'Run the same command again: it reads first, and makes nothing twice.',
  },
  ApiNameDisabled: {
    cause: 'The private API has its execute-api name disabled, so that no endpoint can reach it.',
    action: 'Enable the default endpoint of the API, or name another API.',
  },
  ApiNotFound: {
    cause: 'The REST API that the config names does not exist in its account and Region.',
    action: 'Correct account, id or Region in the config.',
  },
  ApiNotPrivate: {
    cause: 'The REST API that the config names is regional or edge-optimized.',
    action: 'Name a private API: only these are reached through endpoints.',
  },
  AuthorityMissing: {
    cause: 'The file of `tls.clientCa` lacks the authority that signed another one in it.',
    action: 'Add it to the file: NGINX needs the whole chain up to a root.',
  },
  AwsFailed: {
    cause: 'AWS refused a call for a reason that privlink does not know.',
    action: "Read AWS's own message behind it, remove the cause, and run the same command again: it goes on.",
  },
  Broken: {
    cause: 'A thing has reached a state from which it never becomes ready, and privlink may not replace it by itself.',
    action: 'Remove the cause that the message names; allow a new one with `--replace NODE` where the hint says so.',
  },
  Bug: {
    cause: 'privlink itself made a mistake.',
    action: 'Report it with the lines that were printed. The ledger is true: the next run goes on.',
  },
  CertificateElsewhere: {
    cause: "The certificate in ACM belongs to another account or Region than the proxy's load balancer.",
    action: 'Name a certificate of the same account and Region.',
  },
  CertificateExpired: {
    cause: 'A certificate or revocation list that the config names as a file has expired.',
    action: 'Renew the file, then run setup: it puts the new one in place.',
  },
  CertificateMissing: {
    cause: 'A certificate, key or list that the config names as a file does not exist.',
    action: 'Correct the path: it starts from the folder of the config.',
  },
  CertificateNotYetValid: {
    cause: 'A certificate that the config names as a file is not valid yet.',
    action: 'Name one that is valid now, or wait until it is.',
  },
  CertificateUnreadable: {
    cause: 'A file holds no certificate, key or list in PEM form, or one that cannot be parsed.',
    action: 'Convert it to PEM with openssl, or correct the path.',
  },
  ClientUntrusted: {
    cause: 'The client certificate under `test` is not signed by an authority of `tls.clientCa`.',
    action: 'Name a client certificate that the proxy is to let in.',
  },
  ConfigInvalid: {
    cause: 'The config does not fit its schema, or contradicts itself. Every mistake has a line of its own.',
    action: 'Correct each line that is named; docs/config.md has every key.',
  },
  ConfigMissing: {
    cause: 'There is no config file of that name.',
    action: 'Name it with `--config FILE`; examples/config.yaml shows its content.',
  },
  ConfigUnreadable: {
    cause: 'The config file exists and cannot be read.',
    action: 'Make it readable, or name another with `--config FILE`.',
  },
  CopyUnreadable: {
    cause: 'The local copy of an object in S3, which a rehearsal uses, cannot be read.',
    action: 'Correct the path, or leave `copy` out.',
  },
  Declined: {
    cause: 'The question before a teardown was not answered with yes.',
    action: 'Nothing was removed. Run teardown again when you mean it.',
  },
  Denied: {
    cause: "The account's role lacks a permission, or a policy of the account or organization denies it.",
    action: 'Grant the action that the message names; `privlink permissions` prints whole policies.',
  },
  DocumentUnreadable: {
    cause: 'The OpenAPI document that the config names cannot be read, or is not a mapping.',
    action: 'Correct `api.openapi` in the config, or the file.',
  },
  DocumentUnusable: {
    cause: 'API Gateway would not take the OpenAPI document, or it has nothing that can be led to the backend.',
    action: 'Correct the place in the document that the message names.',
  },
  DoesNotGo: {
    cause: 'A thing could not be deleted within the time that AWS usually takes, most often because it is in use.',
    action: 'Release it from what uses it, and run teardown again: it goes on.',
  },
  DomainUnproved: {
    cause: 'AWS lets consumers use the private DNS name of a service only once a TXT record proves its domain.',
    action: 'Write the TXT record that the message names, and run setup again.',
  },
  DriftStays: {
    cause: 'A field still differs from the config after several updates.',
    action: 'Find the person or tool that changes it at the same time.',
  },
  Duplicate: {
    cause: 'AWS has a thing of that name already.',
    action: 'Rename the deployment, or name the existing thing under `adopt`.',
  },
  EndpointNotFound: {
    cause: 'The endpoint that the config names for the foreign network does not exist there.',
    action: 'Correct `executeApi.endpointId`, or leave it out to have one found.',
  },
  EndpointsThere: {
    cause: 'The VPC has endpoints of services for which `nginx.endpoints: make` would make new ones.',
    action: 'Name them under `nginx.endpoints`, as the hint shows.',
  },
  EndpointsUnusable: {
    cause: 'Tasks in the subnets cannot reach ECR, S3, CloudWatch Logs or Secrets Manager.',
    action: 'Open the endpoints that the message names to the tasks, or have them made.',
  },
  Expired: {
    cause: 'The session has ended and could not be renewed.',
    action: 'Sign in again and run the same command: it goes on where it stopped.',
  },
  FileUnreadable: {
    cause: 'A file whose content belongs into a secret cannot be read any more.',
    action: 'Put the file back, or correct its path in the config.',
  },
  FunctionElsewhere: {
    cause: 'The function that the config names is in another VPC than `consumer.network`, or in none.',
    action: 'Name the network that the function stands in.',
  },
  FunctionNotActive: {
    cause: 'The function is inactive after two weeks without a call, or cannot run.',
    action: 'Invoke it once, or remove the reason that Lambda gives.',
  },
  FunctionNotFound: {
    cause: 'The function that the config names does not exist.',
    action: 'Correct `function.arn` in the config.',
  },
  FunctionShutIn: {
    cause: "No outbound rule of the function's security groups leads to the endpoint.",
    action: 'Add a rule for TCP 443: privlink changes no function that it did not make.',
  },
  HolderRuns: {
    cause: 'The process that holds the lock of the ledger still runs on this machine.',
    action: 'Wait for it or stop it; `privlink unlock --yes` if it is no privlink.',
  },
  ImageUnreachable: {
    cause: "The proxy's image cannot be pulled from the subnets: there is no way to its registry.",
    action: 'Copy the image to a private ECR, or give the subnets a route to the internet.',
  },
  InUse: {
    cause: 'AWS refuses a change because something else uses the thing.',
    action: 'Release it from what uses it, and run the same command again.',
  },
  Interrupted: {
    cause: 'The run was told to stop, by Ctrl-C or a signal.',
    action: 'Run the same command again: it goes on from there.',
  },
  Invalid: {
    cause: 'AWS refuses the parameters of a call.',
    action: "Correct the value in the config that AWS's message is about.",
  },
  InvalidFaults: {
    cause: 'The faults that the sandbox was given do not fit their schema.',
    action: 'Correct the place that the message names.',
  },
  InvalidSeed: {
    cause: "What the sandbox's world is to begin with contradicts itself or AWS's rules.",
    action: 'Correct the thing that the message names, such as a subnet outside its VPC.',
  },
  KeyEncrypted: {
    cause: 'The private key has a passphrase.',
    action: 'Write one without: `openssl pkey -in KEY -out NEW`.',
  },
  KeyOfAnother: {
    cause: 'The private key does not belong to the certificate.',
    action: 'Name the key that the certificate was made for.',
  },
  LedgerCorrupt: {
    cause: 'The ledger is not JSON, does not fit its schema, or was written by a newer privlink.',
    action: 'Restore it from a copy, or move it away and run setup: it finds everything again by its tags.',
  },
  LedgerLocked: {
    cause: 'Another run holds the ledger.',
    action: 'Wait until it is done. If it is gone for certain: `privlink unlock`.',
  },
  LedgerMissing: {
    cause: 'There is no ledger of that name, and no config that would tell whose it is.',
    action: 'Name the ledger with `--ledger FILE`, or the config with `--config FILE`.',
  },
  LedgerOfAnotherDeployment: {
    cause: 'The ledger belongs to another deployment than the config.',
    action: 'Name the ledger of this deployment.',
  },
  LedgerOfOtherAccounts: {
    cause: 'The config names another account or Region than the one in which the ledger knows things.',
    action: 'Tear the old deployment down with its ledger first, or use another ledger.',
  },
  LedgerUnreadable: {
    cause: 'The ledger exists and cannot be read.',
    action: 'Make it readable, or name another with `--ledger FILE`.',
  },
  LedgerUnwritable: {
    cause: 'The ledger or its lock cannot be written: permissions, or no room.',
    action: 'Make room and make the folder writable, then run the same command again.',
  },
  ListMissing: {
    cause: 'There are revocation lists, but none of one of the authorities: NGINX would refuse all its clients.',
    action: 'Add a list of that authority, an empty one if nothing is revoked.',
  },
  ListOfAnother: {
    cause: 'A revocation list is not signed by any authority of `tls.clientCa`.',
    action: 'Take it out, or name the authority that signed it.',
  },
  LoadBalancerAmbiguous: {
    cause: 'Several load balancers fit the way in which the config names the application.',
    action: 'Name one by `loadBalancerArn`.',
  },
  LoadBalancerNotFound: {
    cause: 'No load balancer fits the way in which the config names the application.',
    action: 'Correct `loadBalancerArn`, `loadBalancerName` or `service`, or the account.',
  },
  LogGroupElsewhere: {
    cause: "The log group for access logs is of another account or Region than the front door's.",
    action: 'Name a log group of the same account and Region.',
  },
  MadeElsewhere: {
    cause: 'The config wants a thing in another account than the one in which privlink made it.',
    action: 'Tear it down there first, or take the change back.',
  },
  NameNotCovered: {
    cause: "The server's certificate does not name `tls.name`.",
    action: 'Use a certificate whose subject alternative names have it.',
  },
  NameUnknown: {
    cause: 'The DNS name of a target has no IPv4 address as seen from here.',
    action: 'Run privlink where the name resolves, or give the `ip`.',
  },
  NeedsLeave: {
    cause: 'Teardown asks before it removes anything, and there is no terminal to ask on.',
    action: 'Say so with `--yes`.',
  },
  NeedsReplacement: {
    cause: 'The change can only be made by a new thing.',
    action: 'Allow it with `--replace NODE`, or take the change back.',
  },
  NoCommonZone: {
    cause: "The network's subnets and the application's load balancer share no availability zone.",
    action: 'Add a subnet in one of its zones, or enable a zone of yours on that load balancer.',
  },
  NoConfigNorLedger: {
    cause: 'The command needs a config or a ledger, and neither is there.',
    action: 'Name one of them: `--config FILE` or `--ledger FILE`.',
  },
  NoCredentials: {
    cause: 'No AWS credentials are at hand, or AWS does not know them.',
    action: 'Sign in (`aws sso login`, `aws configure`), or set AWS_PROFILE.',
  },
  NoListenerOnPort: {
    cause: "The application's load balancer has no listener on `application.port`.",
    action: 'Correct the port: the message lists the ones that it has.',
  },
  NoLoggingRole: {
    cause: 'API Gateway has no role in the account for writing access logs.',
    action: 'Make the role and set it for the account, as the hint shows.',
  },
  NoRoute: {
    cause: 'A subnet has no route to a target.',
    action: 'Add the route, and the way back on the far side.',
  },
  NoSandbox: {
    cause: '`--vantage sandbox` was asked for, and no sandbox answers.',
    action: 'Use `--sandbox`, or set AWS_ENDPOINT_URL to one that runs.',
  },
  NotANetworkLoadBalancer: {
    cause: 'The application stands behind a load balancer of another type.',
    action: 'Put an internal Network Load Balancer in front: endpoint services take no other here.',
  },
  NotAnAuthority: {
    cause: 'The file of `tls.clientCa` holds a certificate that may not sign others.',
    action: 'Take it out: only authorities belong there.',
  },
  NotFound: {
    cause: 'AWS does not know a thing that the call names.',
    action: 'Run the same command again: it reads first. If the config names the thing, correct its id.',
  },
  NotInternal: {
    cause: "The application's load balancer is internet-facing.",
    action: 'Name an internal one.',
  },
  NotThere: {
    cause: 'A thing that must exist before privlink comes is not there.',
    action: 'Make it, or correct its name in the config.',
  },
  NotYet: {
    cause: 'AWS does not show a thing yet, or is still busy with it.',
    action: 'privlink waits by itself; run the same command again if it gave up.',
  },
  OutOfPatience: {
    cause: 'A thing was still not ready after the longest time that AWS usually takes.',
    action: 'Run setup again: it goes on from there.',
  },
  PolicyMissing: {
    cause: 'The private API has no resource policy, without which no endpoint gets in.',
    action: 'Give it one and deploy it; privlink then adds its endpoint.',
  },
  PolicyNotExtendable: {
    cause: 'An endpoint cannot be added to the resource policy without changing what else it says.',
    action: 'Bring the policy into the form that the hint names, or let the endpoint in yourself.',
  },
  PolicyTooLarge: {
    cause: 'The resource policy would be longer than API Gateway takes.',
    action: 'Take out endpoints that are gone, or let in whole VPCs.',
  },
  PrivateDnsImpossible: {
    cause: 'The VPC has enableDnsSupport or enableDnsHostnames off.',
    action: 'Turn both on, or do without private DNS where the hint says how.',
  },
  PrivateDnsOff: {
    cause: 'The endpoint that the config names has no private DNS, by which a function calls APIs.',
    action: 'Turn it on, or have an endpoint made.',
  },
  PrivateDnsTaken: {
    cause: 'Another endpoint of the VPC has the private name already.',
    action: 'Use that endpoint, or do without private DNS.',
  },
  PrivateNameImpossible: {
    cause: 'The VPC has enableDnsSupport or enableDnsHostnames off, so that a private zone has no effect.',
    action: 'Turn both on, or set `names: none`.',
  },
  PrivateNameTaken: {
    cause: 'The endpoint service has another private DNS name already.',
    action: 'Use the same name, or `names: hosted-zone`.',
  },
  Quota: {
    cause: 'AWS refuses a create because a quota of the account is reached.',
    action: 'Raise the quota in Service Quotas, or remove what is no longer needed.',
  },
  QuotaTooSmall: {
    cause: 'The config needs more things of a kind than the account may have.',
    action: 'Use `loadBalancer: shared`, or raise the quota and say so under `accounts.NAME.quotas`.',
  },
  RecordTaken: {
    cause: 'The hosted zone has another record of the name.',
    action: 'Remove that record if it is no longer needed: privlink overwrites nothing.',
  },
  RehearsalOutgrown: {
    cause: 'The config has gained a subnet in a VPC that the rehearsal laid out before.',
    action: "Tear the rehearsal down and remove the sandbox's state file.",
  },
  RoleNotAssumable: {
    cause: "The account's role is missing, does not trust the caller, or asks for another external id.",
    action: "Check the role's trust policy and the caller's own permission for sts:AssumeRole.",
  },
  SandboxMissing: {
    cause: '`--sandbox` needs the package privlink-sandbox, which is not installed.',
    action: 'Install it beside privlink: `npm install privlink-sandbox`.',
  },
  SandboxStateUnreadable: {
    cause: "The sandbox's state file is no world that this version can read.",
    action: 'Move the file away to begin with a fresh sandbox.',
  },
  SecretElsewhere: {
    cause: 'A secret belongs to another account or Region than the tasks that are to read it.',
    action: 'Keep it in the same account and Region, or name a file.',
  },
  SecretScheduledForDeletion: {
    cause: 'A secret of the name waits for its deletion.',
    action: 'Restore it, or free its name, with the command in the hint.',
  },
  SharedInputsDisagree: {
    cause: 'Two integrations share a node and want different values of it.',
    action: 'Give both the same value, or a network of their own.',
  },
  SomebodyElses: {
    cause: 'A thing with the name that ours would have exists, and privlink did not make it.',
    action: 'Rename the deployment, or use the thing as it is with `adopt`.',
  },
  StageNotFound: {
    cause: 'The private API that the config names has no stage of that name.',
    action: 'Correct the stage, or deploy it.',
  },
  SubnetNotFound: {
    cause: 'A subnet that the config names does not exist in the account and Region.',
    action: "Correct `subnetIds`, or the network's account and Region.",
  },
  SubnetOfAnotherVpc: {
    cause: 'A subnet belongs to another VPC than its network.',
    action: 'Correct `vpcId` or `subnetIds`.',
  },
  TargetNotPrivate: {
    cause: 'The DNS name of a target resolves to an address that is not private.',
    action: 'Name a host with a private address: Network Load Balancers take no other.',
  },
  Throttled: {
    cause: 'AWS limits the rate of calls, and went on doing so.',
    action: 'Run the same command again later: it goes on where it stopped.',
  },
  UndeployedEdits: {
    cause: 'The private API has edits that its stage does not serve yet: a deployment would make them live.',
    action: 'Deploy or undo them, or set `redeploy: allow`.',
  },
  UnknownAccount: {
    cause: 'The ledger or the config names an account that is not under `accounts`.',
    action: 'Add it, or correct the name.',
  },
  UnknownName: {
    cause: '`--only` or `--replace` names no integration or node.',
    action: 'Take the name from `privlink status` or `privlink plan --verbose`.',
  },
  UnknownStep: {
    cause: 'The ledger was written by a privlink that has a step which this one does not know.',
    action: 'Use the version that wrote the ledger, or a newer one.',
  },
  Unreachable: {
    cause: 'AWS could not be reached.',
    action: 'Check network and Region, then run the same command again.',
  },
  VpcNotFound: {
    cause: 'A VPC that the config names does not exist in the account and Region.',
    action: "Correct `vpcId`, or the network's account and Region.",
  },
  WrongAccount: {
    cause: 'The credentials or the role belong to another account than the config says.',
    action: 'Correct `id` or `roleArn`: nothing was written.',
  },
  WrongClockSpeed: {
    cause: 'PRIVLINK_CLOCK_SPEED is no number above 0.',
    action: 'Unset it, or give the speed of the sandbox that you talk to.',
  },
  WrongConnection: {
    cause: 'The endpoint that connects to our service belongs to another account than expected.',
    action: 'Find out who made it; accept it by hand only if you trust that account.',
  },
  ZoneTaken: {
    cause: 'The VPC has a private hosted zone that answers for the name already.',
    action: 'Adopt that zone, or set `names: none`.',
  },
  ZonesUnfit: {
    cause: 'Two subnets lie in the same zone, or too few zones are covered.',
    action: 'Name one subnet for each zone.',
  },
} as const satisfies Record<string, CodePage>

export type ErrorCode = keyof typeof errorCodes
