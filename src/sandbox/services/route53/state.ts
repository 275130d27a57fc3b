import type { Tags } from '../../owned.ts'

export interface HostedZone {
  /** Without `/hostedzone/`. */
  zoneId: string
  account: string
  createdAt: number
  /** With the dot at its end. */
  name: string
  tags: Tags
}

export interface Route53State {
  /** By id. */
  zones: Record<string, HostedZone>
}
