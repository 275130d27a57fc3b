import type { Tags } from './resource.ts'
import { resources } from './table.ts'

/** A role that can be assumed. Its ARN is the key. */
export interface Role {
  account: string
  /**
   * Trust policy document, enforced by AssumeRole (principal and sts:ExternalId) and by services that act as the role.
   */
  trust: object
  /** The trust policy that still holds until a change has spread. */
  trustBefore?: { document: object; until: number }
  /** Identity policies that it was seeded with. Without any, a seeded role may do everything. */
  policies?: object[]
  /** Longest session in seconds; 3600 where absent, as on AWS. */
  maxSessionSeconds?: number
  tags?: Tags
  /** When IAM made it; a seeded role has been there since before time. */
  createdAt?: number
  /** Until then it cannot be assumed: a new role has to spread. */
  effectiveAt?: number
  description?: string
  /** Inline policies by name. */
  inline?: Record<string, InlinePolicy>
  /** Managed policies by ARN, and when each takes effect. */
  attached?: Record<string, number>
}

/** A document as it was given, and what holds instead of it until it has spread. */
interface InlinePolicy {
  text: string
  before?: string
  effectiveAt: number
}

/** By ARN. */
export const iamTables = {
  roles: resources<Role>('role', {
    line: ({ trust }, arn) => `role ${arn} ${JSON.stringify(trust)}`,
    parts: ({ inline = {}, attached = {} }, arn) => [
      ...Object.entries(inline).map(([name, { text }]) => `policy ${arn} ${name} ${text}`),
      ...Object.keys(attached).map((policy) => `policy ${arn} ${policy}`),
    ],
    // Roles that belong to AWS's services stay in an account for good.
    hides: (_, arn) => arn.includes(':role/aws-service-role/'),
  }),
}
