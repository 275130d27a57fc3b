// Holds the program that stands for Lambda's runtime in the process of a function.
/**
 * The program that runs a function's code in its process, as CommonJS text: the process belongs to another Node.js
 * module tree than ours. It lets connections out through the gateway only and asks the sandbox for names, then calls
 * the handler once, as Lambda's runtime for Node.js does (aws-lambda-nodejs-runtime-interface-client). UDP and other
 * resolvers lead nowhere.
 */
export const runtimeSource = `'use strict'
const dgram = require('node:dgram')
const dns = require('node:dns')
const { existsSync } = require('node:fs')
const net = require('node:net')
const { join } = require('node:path')
const { format } = require('node:util')
const { pathToFileURL } = require('node:url')

const gatewayPort = Number(process.argv[2])
const env = process.env
const send = process.send.bind(process)
const realConnect = net.Socket.prototype.connect

// Names
const asked = new Map()
const noSuchName = (name) =>
  Object.assign(new Error('getaddrinfo ENOTFOUND ' + name), {
    code: 'ENOTFOUND', errno: -3008, syscall: 'getaddrinfo', hostname: name,
  })
function addressesOf(name) {
  if (net.isIP(name) !== 0) return Promise.resolve([name])
  return new Promise((resolve, reject) => {
    const id = asked.size
    asked.set(id, (addresses) => (addresses.length > 0 ? resolve(addresses) : reject(noSuchName(name))))
    send({ kind: 'name', id, name })
  })
}
const familyOf = (address) => net.isIP(address)
const shown = (all, options) => {
  const rows = all.map((address) => ({ address, family: familyOf(address) }))
  return options.all === true ? rows : rows[0]
}
const optionsIn = (options) => (typeof options === 'number' ? { family: options } : (options ?? {}))
dns.promises.lookup = async (name, options) => shown(await addressesOf(name), optionsIn(options))
dns.lookup = (name, ...rest) => {
  const callback = rest.pop()
  const options = optionsIn(rest[0])
  addressesOf(name).then(
    (all) => (options.all === true ? callback(null, shown(all, options)) : callback(null, all[0], familyOf(all[0]))),
    callback,
  )
}
const nowhere = (name) => Object.assign(new Error('queryA ECONNREFUSED ' + name), { code: 'ECONNREFUSED', hostname: name })
for (const on of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
  const isPromise = on === dns.promises || on === dns.promises.Resolver.prototype
  for (const method of Object.getOwnPropertyNames(on)) {
    if (!/^(resolve|reverse|lookupService)/.test(method)) continue
    on[method] = isPromise
      ? (name) => (/^resolve4?$/.test(method) ? addressesOf(name) : Promise.reject(nowhere(name)))
      : (name, ...rest) => {
          const callback = rest.pop()
          if (/^resolve4?$/.test(method)) addressesOf(name).then((all) => callback(null, all), callback)
          else process.nextTick(callback, nowhere(name))
        }
  }
}

// Connections
const failed = (code, address, port) =>
  Object.assign(new Error('connect ' + code + ' ' + address + ':' + port), { code, syscall: 'connect', address, port })
function tunnel(address, port) {
  return new Promise((resolve, reject) => {
    const way = new net.Socket()
    const lost = () => reject(failed('ECONNREFUSED', address, port))
    way.once('error', lost)
    way.once('close', lost)
    let head = Buffer.alloc(0)
    const read = (chunk) => {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\\r\\n\\r\\n')
      if (end < 0) return
      way.off('data', read)
      way.pause()
      if (!/^HTTP\\/1\\.1 200 /.test(head.toString('latin1'))) return way.destroy()
      const rest = head.subarray(end + 4)
      if (rest.length > 0) way.unshift(rest)
      way.off('close', lost)
      way.off('error', lost)
      resolve(way)
    }
    way.on('data', read)
    realConnect.call(way, { host: '127.0.0.1', port: gatewayPort }, () => {
      const to = address + ':' + port
      way.write('CONNECT ' + to + ' HTTP/1.1\\r\\nHost: ' + to + '\\r\\n\\r\\n')
    })
  })
}
/** A port of this process's own whose one connection goes on through the tunnel, so that callers have a real socket. */
function doorTo(way) {
  return new Promise((resolve, reject) => {
    const server = net.createServer((inner) => {
      server.close()
      const end = () => { inner.destroy(); way.destroy() }
      for (const side of [inner, way]) side.on('error', end).on('close', end)
      inner.pipe(way).pipe(inner)
    })
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server.address().port))
  })
}
net.Socket.prototype.connect = function (...args) {
  const [options, callback] = Array.isArray(args[0]) ? args[0] : net._normalizeArgs(args)
  if (options.path) return realConnect.apply(this, args)
  const { host = 'localhost', port } = options
  this.connecting = true
  if (callback) this.once('connect', callback)
  const go = async () => {
    if (host === 'localhost' || /^127\\./.test(host)) throw failed('ECONNREFUSED', host, port)
    const [address] = await addressesOf(host)
    this.emit('lookup', null, address, familyOf(address), host)
    const door = await doorTo(await tunnel(address, port))
    if (this.destroyed) return
    for (const [name, value] of [['remoteAddress', address], ['remotePort', Number(port)], ['remoteFamily', 'IPv4']]) {
      Object.defineProperty(this, name, { value, configurable: true })
    }
    realConnect.call(this, { host: '127.0.0.1', port: door })
  }
  go().catch((error) => this.destroy(error))
  return this
}
dgram.Socket.prototype.send = function (...args) {
  const callback = args.findLast((one) => typeof one === 'function')
  if (callback) process.nextTick(callback, Object.assign(new Error('send ENETUNREACH'), { code: 'ENETUNREACH' }))
}

// The function
let requestId = ''
for (const [method, level] of [['log', 'INFO'], ['info', 'INFO'], ['warn', 'WARN'], ['error', 'ERROR'], ['debug', 'DEBUG'], ['trace', 'TRACE']]) {
  console[method] = (...args) => {
    process.stdout.write([new Date().toISOString(), requestId, level, format(...args)].join('\\t') + '\\n')
  }
}
const told = (error) =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\\n') }
    : { errorType: typeof error, errorMessage: String(error), trace: [] }
function finish(message) {
  const text = message.kind === 'failed' ? JSON.stringify(message.error) : undefined
  if (text !== undefined) process.stdout.write([new Date().toISOString(), requestId, 'ERROR', 'Invoke Error', text].join('\\t') + '\\n')
  // Output is flushed before the process ends.
  process.stdout.write('', () => send(message, () => process.exit(0)))
}
const fail = (error) => finish({ kind: 'failed', error: told(error) })
const problem = (errorType, errorMessage) => Object.assign(new Error(errorMessage), { name: errorType })

async function load(handler) {
  const cut = handler.lastIndexOf('/') + 1
  const [, file, name] = /^([^.]*)\\.(.*)$/.exec(handler.slice(cut)) ?? []
  if (file === undefined) throw problem('Runtime.MalformedHandlerName', 'Bad handler')
  const base = join(env.LAMBDA_TASK_ROOT, handler.slice(0, cut), file)
  const path = ['.js', '.mjs', '.cjs'].map((ending) => base + ending).find(existsSync)
  if (path === undefined) throw problem('Runtime.ImportModuleError', "Error: Cannot find module '" + file + "'")
  const module = await import(pathToFileURL(path))
  const read = (holder) => name.split('.').reduce((at, part) => at?.[part], holder)
  const found = read(module) ?? read(module.default)
  if (typeof found !== 'function') {
    throw problem('Runtime.HandlerNotFound', handler + ' is undefined or not exported')
  }
  return found
}
async function start({ event, handler, id, arn, deadline }) {
  requestId = id
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: arn,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: id,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  }
  const done = (result) => {
    const payload = JSON.stringify(result === undefined ? null : result)
    finish({ kind: 'done', payload: payload ?? 'null' })
  }
  const run = await load(handler)
  const result = run(JSON.parse(event), context, (error, value) => (error ? fail(error) : done(value)))
  if (typeof result?.then === 'function') done(await result)
  else if (run.length < 3) done(result)
}
// The sandbox is gone, and nobody waits for an answer.
process.on('disconnect', () => process.exit(1))
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)
process.on('message', (message) => {
  if (message.kind === 'start') start(message).catch(fail)
  if (message.kind === 'addresses') asked.get(message.id)(message.addresses)
})
`
