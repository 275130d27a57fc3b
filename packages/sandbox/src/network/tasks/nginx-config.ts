// Adapts a configuration of NGINX to this machine, whose ports, resolver and files are not those of a container.
/** A directive and its parameters, where it begins a statement. */
const directive = (name: string): RegExp => new RegExp(`(?<=^|[\\s;{}])${name}\\s+([^;{}]+);`, 'g')

/** The ports that NGINX listens on and calls, as its task numbers them. */
interface Needs {
  ports: number[]
  /** The port that `proxy_pass` leads to. */
  upstreamPort: number
}

const portOf = (address: string): number => Number(/(?:^|:)(\d+)$/.exec(address)?.[1] ?? 80)

const isTcp4 = (address: string): boolean => !address.startsWith('[') && !address.startsWith('unix:')

/** Reads what a configuration needs of the network. */
export function readNeeds(text: string): Needs {
  const addresses = [...text.matchAll(directive('listen'))].map(([, parameters = '']) => firstOf(parameters))
  const [, scheme, port] = passing.exec(text) ?? []
  return {
    ports: [...new Set(addresses.filter(isTcp4).map(portOf))],
    upstreamPort: Number(port ?? (scheme === 'http' ? 80 : 443)),
  }
}

const firstOf = (parameters: string): string => parameters.trim().split(/\s+/)[0] ?? ''

/** Scheme and port of what a request is passed to; the name may be a variable. */
const passing = /(?<=[\s;{}])proxy_pass\s+(https?):\/\/(?:\$\{?\w+\}?|[\w.-]+)(?::(\d+))?/

const passes = /(?<=[\s;{}])(proxy_pass\s+https?:\/\/(?:\$\{?\w+\}?|[\w.-]+))(?::\d+)?/g

/** The ports and files of this machine that stand for those of a task. */
interface Surroundings {
  /** Port on loopback by the task's own. */
  ports: ReadonlyMap<number, number>
  dnsPort: number
  /** Port on loopback at which what DNS answers with can be reached. */
  upstreamPort: number
  /** File with the authorities that sign the names of AWS in the sandbox. */
  ca: string
  /** Folder that NGINX may write to. */
  folder: string
}

/** Bundles of public authorities in the images of NGINX, on Debian and on Alpine. */
const bundles = /\/etc\/ssl\/(certs\/ca-certificates\.crt|cert\.pem)/g

const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path`)

/**
 * A container's NGINX configuration for this machine: other ports, another resolver, other authorities, and files only
 * in a folder of its own. Everything else stays as it is. IPv6 is left out, which the sandbox's network does not have;
 * names are kept for a second only, since the sandbox's time may run faster than that of NGINX; one worker is enough
 * here.
 */
export function settle(text: string, { ports, dnsPort, upstreamPort, ca, folder }: Surroundings): string {
  const settled = text
    .replace(directive('(?:daemon|user|pid|worker_processes)'), '')
    .replace(directive('listen'), (all, parameters: string) => {
      const [address = '', ...rest] = parameters.trim().split(/\s+/)
      if (address.startsWith('[')) return ''
      return isTcp4(address) ? [`listen 127.0.0.1:${ports.get(portOf(address)) ?? 0}`, ...rest].join(' ') + ';' : all
    })
    .replace(directive('resolver'), `resolver 127.0.0.1:${dnsPort} valid=1s ipv6=off;`)
    .replace(passes, `$1:${upstreamPort}`)
    .replace(bundles, ca)
    .replace(/\/var\/log\/nginx\/access\.log/g, '/dev/stdout')
    .replace(/\/var\/log\/nginx\/error\.log/g, 'stderr')
  const http = [
    ...temporary.filter((name) => !settled.includes(name)).map((name) => `${name} ${folder}/${name};`),
    // In the images, what is written without a word about it goes to standard output.
    ...(/(?<=[\s;{}])access_log\s/.test(settled) ? [] : ['access_log /dev/stdout;']),
  ]
  const main = ['daemon off;', 'worker_processes 1;', `pid ${folder}/nginx.pid;`]
  return `${main.join('\n')}\n${settled.replace(/(?<=^|[\s;{}])http\s*\{/, (all) => `${all}\n${http.join('\n')}\n`)}`
}

/** The images' own configuration. */
export const ownConfiguration = `\
events { }
http {
  server {
    listen 80;
    location / { default_type text/plain; return 200 "Welcome to nginx!\\n"; }
  }
}
`
