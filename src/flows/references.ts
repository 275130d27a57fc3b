import { closest, distance } from 'fastest-levenshtein'
import { siteOf } from './listener-ports.ts'
import { type AnySettings, homeOf, makesApi, producersIn } from './flow.ts'
import { resolveAccount, type AccountsAndNetworks, resolveNetwork } from './accounts-and-networks.ts'

type Path = (string | number)[]

/** Says what is wrong and where. */
type Refuse = (path: Path, message: string) => void

interface Referring extends AccountsAndNetworks {
  integrations: Record<string, AnySettings>
}

/** Checks what no part of a config can know alone: that names lead somewhere and that their ends fit together. */
export function checkReferences(config: Referring, refuse: Refuse): void {
  const accounts = Object.keys(config.accounts)
  const networks = Object.keys(config.networks)

  for (const [name, { id, roleArn }] of Object.entries(config.accounts)) {
    const owner = roleArn?.split(':')[4]
    if (owner !== undefined && owner !== id) {
      refuse(['accounts', name, 'roleArn'], `expected a role of account ${id}, got one of ${owner}`)
    }
  }
  for (const [name, { account }] of Object.entries(config.networks)) {
    checkName(['networks', name, 'account'], 'account', account, accounts, refuse)
  }
  for (const [name, settings] of Object.entries(config.integrations)) {
    const at: Path = ['integrations', name]
    const { access, application } = settings
    const home = (['gateway', 'consumer', 'producer'] as const).find((part) => settings[part] !== undefined)
    const paths: { path: Path; network: string }[] = [
      ...(home === undefined ? [] : [{ path: [...at, home, 'network'], network: homeOf(settings) }]),
      ...(access.networks ?? []).map((network, index) => ({ path: [...at, 'access', 'networks', index], network })),
      ...(access.foreign === undefined ? [] : [{ path: [...at, 'access', 'foreign'], network: access.foreign }]),
    ]
    for (const { path, network } of paths) checkName(path, 'network', network, networks, refuse)
    if (application !== undefined) {
      checkName([...at, 'application', 'account'], 'account', application.account, accounts, refuse)
    }
    checkProducers(config, at, settings, refuse)
    checkRegions(config, at, settings, paths, refuse)
    checkForeign(config, at, settings, refuse)
    checkConsumer(config, at, settings, refuse)
  }
  checkSharedPorts(config, refuse)
}

function checkName(path: Path, kind: string, name: string, known: readonly string[], refuse: Refuse, which = ''): void {
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
function checkRegions(
  config: Referring,
  at: Path,
  settings: AnySettings,
  paths: readonly { path: Path; network: string }[],
  refuse: Refuse,
): void {
  const region = resolveNetwork(config, homeOf(settings))?.region
  const { application } = settings
  if (region === undefined) return
  for (const { path, network } of paths) {
    const other = resolveNetwork(config, network)?.region
    if (other === undefined || other === region) continue
    refuse(path, `expected a network in ${region} like "${homeOf(settings)}", got one in ${other}`)
  }
  const other = application && resolveAccount(config, application.account)?.region
  if (other === undefined || other === region) return
  refuse([...at, 'application', 'account'], `expected an account with region ${region}, got one with ${other}`)
}

/** The negative proof needs a network that nothing lets in. */
function checkForeign(config: Referring, at: Path, settings: AnySettings, refuse: Refuse): void {
  const { access } = settings
  if (access.foreign === undefined) return
  const friends = (access.networks ?? [homeOf(settings)]).map((name) => config.networks[name]?.vpcId)
  const stranger = config.networks[access.foreign]?.vpcId
  if (stranger === undefined || !friends.includes(stranger)) return
  refuse([...at, 'access', 'foreign'], `expected a VPC that is not among access.networks, got "${access.foreign}"`)
}

/** A function calls APIs by their own names, and stands in the account and Region of its network. */
function checkConsumer(config: Referring, at: Path, { consumer, function: named }: AnySettings, refuse: Refuse): void {
  const network = consumer && resolveNetwork(config, consumer.network)
  if (network === undefined) return
  if (network.executeApi?.privateDns === false) {
    const message = `expected a network whose endpoint has private DNS, got "${network.name}" with executeApi.privateDns: false`
    refuse([...at, 'consumer', 'network'], message)
  }
  const [, , , region, accountId] = named?.arn?.split(':') ?? []
  if (region === undefined || (region === network.region && accountId === network.account.id)) return
  const message = `expected a function of account ${network.account.id} in ${network.region} like "${network.name}", got one of ${accountId} in ${region}`
  refuse([...at, 'function', 'arn'], message)
}

/** Front doors, functions and proxies lead to private APIs of their own Region, which others make. */
function checkProducers(config: Referring, at: Path, settings: AnySettings, refuse: Refuse): void {
  const home = homeOf(settings)
  const region = resolveNetwork(config, home)?.region
  const makers = Object.entries(config.integrations).filter(([, other]) => makesApi(other))
  const names = makers.map(([name]) => name)
  for (const { path: within, producer } of producersIn(settings)) {
    const { api, integration } = producer
    const path: Path = [...at, ...within]
    const account = api?.account
    if (account !== undefined) {
      checkName([...path, 'api', 'account'], 'account', account, Object.keys(config.accounts), refuse)
    }
    if (integration !== undefined) {
      checkName([...path, 'integration'], 'integration', integration, names, refuse, ' that make a private API')
    }
    const maker = makers.find(([name]) => name === integration)?.[1]
    const other =
      account === undefined
        ? maker && resolveNetwork(config, homeOf(maker))?.region
        : resolveAccount(config, account)?.region
    if (region === undefined || other === undefined || other === region) continue
    refuse(
      [...path, ...(account === undefined ? ['integration'] : ['api', 'account'])],
      `expected a private API in ${region} like "${home}", got one in ${other}`,
    )
  }
}

function checkSharedPorts(config: Referring, refuse: Refuse): void {
  const taken = new Map<string, string>()
  for (const [name, settings] of Object.entries(config.integrations)) {
    const { loadBalancer, listenerPort } = settings
    if (loadBalancer !== 'shared' || listenerPort === undefined) continue
    const place = `${siteOf(config, homeOf(settings))} ${listenerPort}`
    const other = taken.get(place)
    if (other === undefined) taken.set(place, name)
    else {
      const path = ['integrations', name, 'listenerPort']
      refuse(path, `expected a port of its own on the shared load balancer, got ${listenerPort}, which "${other}" has`)
    }
  }
}
