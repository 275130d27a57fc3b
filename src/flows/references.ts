// Checks of the config that need more than one part of it: names that refer to something, in the same Region.
import { closest, distance } from 'fastest-levenshtein'
import { type AccountsAndNetworks, resolveAccount, resolveNetwork } from './accounts-and-networks.ts'
import type { Path, Reference } from './define-settings.ts'
import { type Declared, declarationsOf, type Integration } from './flows.ts'
import { sharedScopeOf } from './listener-ports.ts'

/** Reports a mistake and its path in the config. */
type Refuse = (path: Path, message: string) => void

type Kind = 'account' | 'network'

interface Referring extends AccountsAndNetworks {
  integrations: Record<string, Integration>
}

/** Checks that every name in the config exists, and that what the names refer to fits together. */
export function checkReferences(config: Referring, refuse: Refuse): void {
  for (const [name, { id, roleArn }] of Object.entries(config.accounts)) {
    const owner = roleArn?.split(':')[4]
    if (owner !== undefined && owner !== id) {
      refuse(['accounts', name, 'roleArn'], `expected a role of account ${id}, got one of ${owner}`)
    }
  }
  for (const [name, { account }] of Object.entries(config.networks)) {
    checkName({ name: account, path: ['networks', name, 'account'] }, 'account', Object.keys(config.accounts), refuse)
  }
  const declarations = declarationsOf(config.integrations)
  for (const [name, declared] of declarations) {
    const within: Refuse = (path, message) => refuse(['integrations', name, ...path], message)
    checkNames(config, declared, within)
    checkTargets(config, declarations, declared, within)
    checkRegions(config, declared, within)
    checkForeign(config, declared, within)
    checkHome(config, declared, within)
  }
  checkSharedPorts(config, declarations, refuse)
}

const networksOf = ({ home, callers = [], foreign }: Declared): Reference[] => [
  home,
  ...callers,
  ...(foreign === undefined ? [] : [foreign]),
]

function checkNames(config: Referring, declared: Declared, refuse: Refuse): void {
  for (const network of networksOf(declared)) checkName(network, 'network', Object.keys(config.networks), refuse)
  for (const account of declared.accounts ?? []) checkName(account, 'account', Object.keys(config.accounts), refuse)
}

function checkName(
  { name, path }: Reference,
  kind: Kind | 'integration',
  known: readonly string[],
  refuse: Refuse,
  which = '',
): void {
  if (known.includes(name)) return
  const near = known.length > 0 ? closest(name, [...known]) : ''
  const isSlip = known.length > 0 && distance(name, near) <= Math.max(2, Math.floor(near.length / 3))
  const rest = isSlip ? `did you mean "${near}"? ` : ''
  refuse(
    path,
    `expected the name of one of the ${kind}s${which}, got "${name}"; ${rest}known here: ${known.join(', ') || 'none'}`,
  )
}

/** A private API is only reachable from endpoints of its own Region, and PrivateLink here stays within one. */
function checkRegions(config: Referring, declared: Declared, refuse: Refuse): void {
  const { home, accounts = [] } = declared
  const region = resolveNetwork(config, home.name)?.region
  if (region === undefined) return
  for (const { name, path } of networksOf(declared)) {
    const other = resolveNetwork(config, name)?.region
    if (other === undefined || other === region) continue
    refuse(path, `expected a network in ${region} like "${home.name}", got one in ${other}`)
  }
  for (const { name, path } of accounts) {
    const other = resolveAccount(config, name)?.region
    if (other === undefined || other === region) continue
    refuse(path, `expected an account with region ${region}, got one with ${other}`)
  }
}

/** The negative proof needs a network that nothing lets in. */
function checkForeign(config: Referring, { home, callers = [home], foreign }: Declared, refuse: Refuse): void {
  if (foreign === undefined) return
  const friends = callers.map(({ name }) => config.networks[name]?.vpcId)
  const stranger = config.networks[foreign.name]?.vpcId
  if (stranger === undefined || !friends.includes(stranger)) return
  refuse(foreign.path, `expected a VPC that is not among access.networks, got "${foreign.name}"`)
}

/** A function calls APIs by their own names, and belongs to the account and Region of its network. */
function checkHome(config: Referring, { home, needsPrivateDns, ownFunction }: Declared, refuse: Refuse): void {
  const network = resolveNetwork(config, home.name)
  if (network === undefined) return
  if (needsPrivateDns === true && network.executeApi?.privateDns === false) {
    refuse(
      home.path,
      `expected a network whose endpoint has private DNS, got "${home.name}" with executeApi.privateDns: false`,
    )
  }
  if (ownFunction === undefined) return
  const [, , , region, accountId] = ownFunction.arn.split(':')
  if (region === network.region && accountId === network.account.id) return
  refuse(
    ownFunction.path,
    `expected a function of account ${network.account.id} in ${network.region} like "${home.name}", got one of ${accountId} in ${region}`,
  )
}

/** Integrations lead to private APIs of their own Region, which exist already or which other integrations make. */
function checkTargets(
  config: Referring,
  declarations: ReadonlyMap<string, Declared>,
  { home, leadsTo = [] }: Declared,
  refuse: Refuse,
): void {
  const region = resolveNetwork(config, home.name)?.region
  const makers = [...declarations].filter(([, { offers }]) => offers.includes('api')).map(([name]) => name)
  const checkRegion = (path: Path, other: string | undefined) => {
    if (region === undefined || other === undefined || other === region) return
    refuse(path, `expected a private API in ${region} like "${home.name}", got one in ${other}`)
  }
  for (const { path: within, api, integration } of leadsTo) {
    if (api !== undefined) {
      const path = [...within, 'api', 'account']
      checkName({ name: api.account, path }, 'account', Object.keys(config.accounts), refuse)
      checkRegion(path, resolveAccount(config, api.account)?.region)
    }
    if (integration !== undefined) {
      const path = [...within, 'integration']
      checkName({ name: integration, path }, 'integration', makers, refuse, ' that make a private API')
      const maker = makers.includes(integration) ? declarations.get(integration) : undefined
      checkRegion(path, maker && resolveNetwork(config, maker.home.name)?.region)
    }
  }
}

function checkSharedPorts(config: Referring, declarations: ReadonlyMap<string, Declared>, refuse: Refuse): void {
  const taken = new Map<string, string>()
  for (const [name, { home, sharedListener }] of declarations) {
    if (sharedListener?.port === undefined) continue
    const { port, path } = sharedListener
    const listener = `${sharedScopeOf(config, home.name)} ${port}`
    const other = taken.get(listener)
    if (other === undefined) taken.set(listener, name)
    else {
      refuse(
        ['integrations', name, ...path],
        `expected a port of its own on the shared load balancer, got ${port}, which "${other}" has`,
      )
    }
  }
}
