import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Container, type ContainerJob, movePath, startContainer } from '../src/network/tasks/container.ts'
import { readNeeds, settle } from '../src/network/tasks/nginx-config.ts'
import { builtModule } from '../../../test/support/built.ts'
import { everyProcess, start } from '../../../test/support/processes.ts'

const started: Container[] = []
afterAll(() => Promise.all(started.map((container) => container.stop())))

/** Runs a script as a container, and keeps what it says. */
async function container(script: string, change: Partial<ContainerJob> = {}) {
  const said: string[] = []
  const made = await startContainer({
    command: ['sh', '-c', script],
    environment: {},
    writable: '/run/proxy',
    nginx: '/bin/echo',
    say: (line) => said.push(line),
    configure: () => Promise.reject(new Error('not asked')),
    ...change,
  })
  started.push(made)
  return { made, said }
}

const processes = (text: string): string[] =>
  everyProcess().flatMap(({ command }) => (command.includes(text) ? [command] : []))

describe('a container', () => {
  it('has its environment and no other, and a folder in the place of the path that it may write to', async () => {
    const { made, said } = await container('echo "$GREETING $HOME-"; echo there > /run/proxy/file; cat $WHERE', {
      environment: { GREETING: 'hello', WHERE: '/run/proxy/file' },
    })
    await made.ended
    expect(made.exitCode).toBe(0)
    expect(said).toEqual(['hello -', 'there'])
  })

  it('tells its exit code and what it said last', async () => {
    const { made, said } = await container('echo sorry >&2; exit 3')
    await made.ended
    expect(made.exitCode).toBe(3)
    expect(said).toEqual(['sorry'])
  })

  it('asks for the configuration of NGINX, and begins with the one that it gets', async () => {
    const asked: string[][] = []
    const { made, said } = await container('exec nginx -c conf -g "daemon off;"', {
      configure: ({ args }) => {
        asked.push([...args])
        return Promise.resolve({ file: '/given', prefix: '/there' })
      },
    })
    await made.ended
    expect(asked).toEqual([['-c', 'conf', '-g', 'daemon off;']])
    // The echo that stands for NGINX takes -e for itself.
    expect(said).toEqual(['stderr -p /there/ -c /given'])
  })

  it('goes with all that it has started when it is stopped', async () => {
    const { made, said } = await container('sleep 4321.1 & sleep 4321.1 & echo up; wait')
    await expect.poll(() => said).toEqual(['up'])
    expect(processes('sleep 4321.1').length).toBeGreaterThan(0)
    await made.stop()
    await expect.poll(() => processes('sleep 4321.1')).toEqual([])
  })
})

describe('a sandbox that is killed', () => {
  let module: string
  beforeAll(async () => {
    module = await builtModule('packages/sandbox/src/network/tasks/container.ts')
  })

  it('leaves neither processes of its containers nor their files', async () => {
    const job = `{ command: ['sh', '-c', 'echo at /run/proxy; sleep 4321.2'], environment: {}, nginx: '', writable: undefined,
      say: (line) => console.log(line + ' ' + process.env.BASE), configure: async () => '' }`
    const script = `import { readdirSync } from 'node:fs'; import { tmpdir } from 'node:os'
      const before = readdirSync(tmpdir())
      const { startContainer } = await import(${JSON.stringify(module)})
      await startContainer(${job})
      console.log('in ' + readdirSync(tmpdir()).filter((name) => name.startsWith('privlink-task-') && !before.includes(name)).join())`
    const running = start(['--input-type=module', '-e', script], { cwd: '.', env: process.env })
    const [, names = ''] = await running.says(/in (\S+)/)
    await expect.poll(() => processes('sleep 4321.2').length).toBeGreaterThan(0)
    running.child.kill('SIGKILL')
    await running.ended
    await expect.poll(() => processes('sleep 4321.2')).toEqual([])
    // Another test may have begun a container at the same moment: ours is one of them.
    const own = names.split(',').map((name) => join(tmpdir(), name))
    await expect.poll(() => own.some((path) => !existsSync(path))).toBe(true)
  })
})

describe('a path of a container', () => {
  it.each([
    ['cd /run/proxy', 'cd /tmp/x'],
    ['/run/proxy/tls/key.pem;', '/tmp/x/tls/key.pem;'],
    ['"/run/proxy"', '"/tmp/x"'],
    ['/var/run/proxy', '/var/run/proxy'],
    ['/run/proxy2 /run/proxy-old', '/run/proxy2 /run/proxy-old'],
  ])('%s becomes %s', (text, moved) => {
    expect(movePath(text, '/run/proxy', '/tmp/x')).toBe(moved)
  })
})

describe("a container's configuration of NGINX", () => {
  const surroundings = {
    ports: new Map([
      [443, 4443],
      [80, 8080],
    ]),
    dnsPort: 5353,
    upstreamPort: 9443,
    ca: '/tmp/x/authorities.pem',
    folder: '/tmp/x',
  }
  const settled = (text: string) => settle(text, surroundings)

  it.each([
    ['server { listen 443 ssl; }', 'listen 127.0.0.1:4443 ssl;'],
    ['server { listen 0.0.0.0:443 ssl http2; }', 'listen 127.0.0.1:4443 ssl http2;'],
    ['server {listen 80;}', 'listen 127.0.0.1:8080;'],
    ['resolver 169.254.169.253 valid=10s ipv6=off;', 'resolver 127.0.0.1:5353 valid=1s ipv6=off;'],
    [' proxy_pass https://$upstream$request_uri;', 'proxy_pass https://$upstream:9443$request_uri;'],
    [' proxy_pass https://$upstream:443/v1$request_uri;', 'proxy_pass https://$upstream:9443/v1$request_uri;'],
    [' proxy_pass https://api.internal/v1;', 'proxy_pass https://api.internal:9443/v1;'],
    ['x /etc/ssl/certs/ca-certificates.crt;', 'x /tmp/x/authorities.pem;'],
    ['resolver_timeout 5s;', 'resolver_timeout 5s;'],
    ['http { access_log off; }', 'client_body_temp_path /tmp/x/client_body_temp_path;'],
  ])('with %s has %s on this machine', (text, wanted) => {
    expect(settled(text)).toContain(wanted)
  })

  it.each(['listen [::]:443 ssl;', 'user nginx;', 'pid /run/nginx.pid;', 'worker_processes auto;'])(
    'loses %s',
    (text) => {
      expect(settled(`events { }\n${text}\n`)).not.toContain(text)
    },
  )

  it('tells its ports and that of its upstream', () => {
    const text =
      'http { server { listen 443 ssl; listen [::]:443; location / { proxy_pass http://$up:81/; } } server { listen 80; } }'
    expect(readNeeds(text)).toEqual({ ports: [443, 80], upstreamPort: 81 })
    expect(readNeeds('server { location / { proxy_pass https://$up$request_uri; } }').upstreamPort).toBe(443)
  })
})
