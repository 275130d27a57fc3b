import type { Aws } from './aws.ts'

/** A request to a deployed API, made from behind an interface endpoint or from the internet. */
export interface TestCall {
  /** The clients of the API's own account. */
  aws: Aws
  apiId: string
  stage: string
  method: string
  /** Begins with a slash; without the stage. */
  path: string
  /** The execute-api interface endpoint that the request is to come through; without one it comes from the internet. */
  endpointId?: string | undefined
  /** The endpoint's own DNS name: it leads to it from wherever it can be reached, whatever the API says of it. */
  endpointName: string | null
}

/** How a reply was got: `control-plane` proves link and backend, but not the policy. */
export type Vantage = 'direct' | 'control-plane' | 'sandbox'

export type Reply =
  | { reached: true; vantage: Vantage; status: number; headers: Record<string, string>; body: string; ms: number }
  | { reached: false; vantage: Vantage; why: string }
  /** The call cannot be made from here. */
  | { reached: undefined; why: string; hint: string }

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

/** A request over TLS to what answers in a network, such as a proxy that asks for a client's certificate. */
export interface SecureCall {
  /** The clients of the network's account. */
  aws: Aws
  /** Where the caller stands. */
  vpcId: string
  /** The interface endpoint in that network that the call is to prove. */
  endpointId: string
  /** A name or an IPv4 address to connect to. */
  address: string
  port: number
  /** Asked for by SNI and Host, and what the server's certificate has to say. */
  name: string
  method: string
  /** Begins with a slash. */
  path: string
  headers?: Record<string, string>
  /** PEM of the authority that the server has to be signed by; those that the machine trusts without it. */
  ca?: string
  /** PEM: who the caller is. */
  client?: { certificate: string; key: string }
  versions?: { min: TlsVersion; max: TlsVersion }
}

/** The port through which test calls are made and names are resolved. */
export interface Probe {
  call(call: TestCall): Promise<Reply>
  /**
   * Reached is who got an answer: with TLS 1.3 a server refuses a certificate only after the client thinks all is well.
   */
  secureCall(call: SecureCall): Promise<Reply>
  /** IPv4 addresses of a name, as the network that this machine stands in (or the sandbox) sees it. */
  resolve(name: string): Promise<string[]>
  /** TXT records of a name in the public DNS, none if there are none; undefined where it cannot be asked from here. */
  texts(name: string): Promise<string[] | undefined>
}

/** Which vantage to use: `auto` is the sandbox if there is one, else `direct` where possible, else `control-plane`. */
export type VantageChoice = 'auto' | Vantage
