// The settings of article 2, third pattern: a proxy that asks for client certificates.
import * as z from 'zod'
import { mayBePublic } from '../steps/shared/domain-name.ts'
import { nameSchema } from './accounts-and-networks.ts'
import { declareAccess, defineSettings } from './define-settings.ts'
import { albTlsSchema, nginxTlsSchema } from './mtls-tls-settings.ts'
import { eitherProducer, existingApiExample, producerSettings, targetAt } from './producer-settings.ts'
import { testSchema } from './setting-schemas.ts'

const endpointId = z.string().regex(/^vpce-[0-9a-f]{8,17}$/, 'expected an id such as vpce-0a1b2c3d4e5f60718')

const serviceEndpointsSchema = z
  .strictObject({
    ecrApi: endpointId.optional().describe('Of `ecr.api`.'),
    ecrDkr: endpointId.optional().describe('Of `ecr.dkr`.'),
    logs: endpointId.optional().describe('Of `logs`.'),
    secretsmanager: endpointId.optional().describe('Of `secretsmanager`.'),
    s3: endpointId.optional().describe('The gateway endpoint of `s3`.'),
  })
  .describe('Endpoints that are there already; those that are not named are made.')

/** The memory in MiB that Fargate offers for each number of CPU units ("Task CPU and memory", Amazon ECS guide). */
const memoryOf: Readonly<Record<number, { from: number; to: number; by: number }>> = {
  256: { from: 512, to: 2048, by: 512 },
  512: { from: 1024, to: 4096, by: 1024 },
  1024: { from: 2048, to: 8192, by: 1024 },
  2048: { from: 4096, to: 16_384, by: 1024 },
  4096: { from: 8192, to: 30_720, by: 1024 },
}

const nginxSchema = z
  .strictObject({
    image: z
      .string()
      .regex(/^[\w.-]+(:\d+)?(\/[\w.-]+)+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/, 'expected an image with its registry')
      .default('public.ecr.aws/nginx/nginx:1.29-alpine')
      .describe('A stock image of NGINX, taken as it is. Without a way to the internet: of a private ECR.'),
    tasks: z.int().min(1).max(20).default(2).describe('How many tasks, spread over the zones of the network.'),
    cpu: z
      .union([z.literal(256), z.literal(512), z.literal(1024), z.literal(2048), z.literal(4096)])
      .default(256)
      .describe('CPU units of a task; 1024 are a core.'),
    memory: z.int().min(512).max(30_720).default(512).describe('Its memory in MiB.'),
    endpoints: z
      .union([
        z.literal('none').describe('The subnets have a way to the internet, or such endpoints already.'),
        z.literal('make').describe('Make all of them, with private DNS; those that are there have to be named.'),
        serviceEndpointsSchema,
      ])
      .default('none')
      .describe('How tasks reach ECR, S3, CloudWatch Logs and Secrets Manager.'),
  })
  .refine(
    ({ cpu, memory }) => {
      const { from = 0, to = 0, by = 1 } = memoryOf[cpu] ?? {}
      return memory >= from && memory <= to && memory % by === 0
    },
    {
      path: ['memory'],
      error: ({ input }) => {
        // The error is made only for input that the schema above has accepted.
        const { cpu = 256 } = input as { cpu?: number }
        const { from, to, by } = memoryOf[cpu] ?? {}
        return `expected ${from} to ${to} MiB in steps of ${by}, as Fargate has it for ${cpu} CPU units`
      },
    },
  )

const proofSchema = z
  .strictObject({
    ...testSchema.shape,
    certificate: z.string().min(1).optional().describe("A client's certificate that gets in, as a PEM file."),
    key: z.string().min(1).optional().describe('Its private key, as a PEM file. It never leaves this machine.'),
    ca: z
      .string()
      .min(1)
      .optional()
      .describe("The authority of the server's certificate, as a PEM file. Default: those that this machine trusts."),
  })
  .refine(
    ({ certificate, key }) => (certificate === undefined) === (key === undefined),
    'expected certificate and key together, or neither',
  )

/** The part that all examples have in common. */
const example = {
  flow: 'mtls-proxy' as const,
  producer: { network: 'gateway' },
  api: existingApiExample,
  access: { networks: ['consumer'], foreign: 'foreign' },
}

export const mtlsProxySettings = defineSettings({
  schema: z
    .strictObject({
      flow: z
        .literal('mtls-proxy')
        .describe('A proxy that asks for client certificates, in front of a private API; reached through PrivateLink.'),
      ...producerSettings,
      proxy: z
        .enum(['nginx', 'alb'])
        .default('nginx')
        .describe('NGINX on Fargate, or an Application Load Balancer with a trust store.'),
      producer: z
        .strictObject({ network: nameSchema.describe('Subnets in two zones at least, one in each.') })
        .describe('Where the proxy and its load balancer stand.'),
      tls: z.union([nginxTlsSchema, albTlsSchema]).describe('Names, certificates and whom to trust.'),
      nginx: nginxSchema.prefault({}).describe('With `proxy: nginx`: its tasks.'),
      names: z
        .enum(['hosted-zone', 'private-dns', 'none'])
        .default('hosted-zone')
        .describe(
          "How callers find `tls.name`: a private hosted zone in each network, the endpoint service's private DNS name (of a domain that is yours), or your own DNS.",
        ),
      access: z
        .strictObject({
          networks: z
            .array(nameSchema)
            .min(1)
            .refine((names) => new Set(names).size === names.length, 'expected every network only once')
            .describe('Networks that get an endpoint to the proxy.'),
          foreign: nameSchema
            .optional()
            .describe('A network that the private API must not let in, for the negative proof.'),
        })
        .describe('Who may call it.'),
      test: proofSchema
        .prefault({})
        .describe('The request that proves the whole; its path is what comes after the stage.'),
    })
    .refine(...eitherProducer)
    .refine(({ names, tls }) => names !== 'private-dns' || mayBePublic(tls.name), {
      path: ['tls', 'name'],
      error: 'expected a name in a public domain of yours, which AWS can verify for names: private-dns',
    })
    .refine(({ proxy, tls }) => (proxy === 'alb') === 'certificateArn' in tls, {
      path: ['tls'],
      error: 'expected certificate, key and clientCa for NGINX, or certificateArn and an object in S3 for `proxy: alb`',
    }),
  offers: ['door'],
  declare: ({ producer, access, ...settings }) => ({
    home: { name: producer.network, path: ['producer', 'network'] },
    ...declareAccess(access),
    leadsTo: [targetAt([], settings)],
    // The proxy calls through an endpoint that lets in nobody else.
    opens: [],
  }),
  examples: {
    'mtls-proxy': {
      ...example,
      tls: {
        name: 'payments.example.com',
        certificate: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:certificate-a1b2c3',
        key: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:key-a1b2c3',
        clientCa: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:ca-a1b2c3',
      },
      nginx: { image: '000000000000.dkr.ecr.us-east-1.amazonaws.com/nginx:1.29', endpoints: 'make' },
      names: 'hosted-zone',
    },
    'mtls-proxy with proxy: alb': {
      ...example,
      proxy: 'alb',
      tls: {
        name: 'payments.example.com',
        certificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9',
        clientCa: { bucket: 'trust', key: 'clients.pem' },
        crl: { bucket: 'trust', key: 'clients.crl' },
      },
      names: 'private-dns',
    },
  },
})

export type MtlsProxySettings = z.output<typeof mtlsProxySettings.schema>
