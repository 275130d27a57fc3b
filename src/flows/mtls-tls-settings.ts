// The settings of an mtls-proxy that say which certificates it has and whom it trusts.
import * as z from 'zod'

const dnsName = z
  .string()
  .max(253)
  .regex(
    /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'expected a name of lower-case labels such as payments.example.internal',
  )

/** A file of the operator's, or the ARN of a secret that exists already. */
const keptSchema = z
  .string()
  .min(1)
  .refine(
    (text) => !text.startsWith('arn:') || /^arn:[^:]+:secretsmanager:[^:]+:\d{12}:secret:[\w/+=.@-]+$/.test(text),
    "expected a PEM file, relative to this one, or a secret's ARN",
  )

const certificateArn = z
  .string()
  .regex(/^arn:[^:]+:acm:[^:]+:\d{12}:certificate\/[\w-]+$/, 'expected the ARN of a certificate in ACM')

const objectSchema = z.strictObject({
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'expected the name of a bucket')
    .describe('The S3 bucket.'),
  key: z.string().min(1).max(1024).describe('The key of the object in it.'),
  version: z.string().min(1).optional().describe('Its version. Default: the newest.'),
})

const copiedSchema = objectSchema.extend({
  copy: z
    .string()
    .min(1)
    .optional()
    .describe('The same as a file: tells when it changes, and is what a rehearsal has.'),
})

export const nginxTlsSchema = z.strictObject({
  name: dnsName.describe("The name that clients call, which the server's certificate must say."),
  certificate: keptSchema.describe("The server's certificate and those between it and its authority: PEM."),
  key: keptSchema.describe('Its private key, without a passphrase: PEM.'),
  clientCa: keptSchema.describe("The authorities by which clients' certificates must be signed: PEM."),
  crl: keptSchema.optional().describe('What these authorities have revoked; one list for each of them: PEM.'),
  depth: z
    .int()
    .min(1)
    .max(10)
    .default(2)
    .describe("How long the chain from a client's certificate to an authority may be."),
})

export const albTlsSchema = z.strictObject({
  name: dnsName.describe("The name that clients call, which the server's certificate must say."),
  certificateArn: certificateArn.describe("The server's certificate, in ACM."),
  clientCa: copiedSchema.describe("The authorities by which clients' certificates must be signed: a PEM bundle in S3."),
  crl: copiedSchema.optional().describe('What these authorities have revoked: PEM, in S3.'),
})

export type NginxTls = z.output<typeof nginxTlsSchema>
export type AlbTls = z.output<typeof albTlsSchema>
