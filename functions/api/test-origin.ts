/** Servers that sources are downloaded from, and names for them, without a network. */
import { once } from 'node:events'
import { Agent, createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import {
  type AddressInfo,
  connect,
  createServer as createNetServer,
  isIP,
  type NetConnectOpts,
  type Server,
  type Socket,
} from 'node:net'
import { vi } from 'vitest'
import { ProblemError } from '../contract/problem.ts'
import { createHeldBytes } from '../runtime/held-bytes.ts'
import { parseEnv } from '../runtime/parse-env.ts'
import { apiConfigSchema } from './config.ts'
import { createDownloadSource, type DownloadParts } from './download-source.ts'
import { createResolveName, type ResolveName } from './source-names.ts'
import { parseSourceUrl } from './source-url.ts'
import { CERTIFICATE, CERTIFICATE_KEY } from './test-certificate.ts'

/** A server on loopback that counts its connections; it ends with the block that holds it. */
export type Origin = AsyncDisposable & {
  url: string
  port: number
  /** All there were, and those that are open. */
  connections: () => number
  open: () => number
}

export const startOrigin = (listener: RequestListener, host?: string) =>
  listenOn(createServer(listener), host)

export const startTlsOrigin = (listener: RequestListener) =>
  listenOn(createTlsServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, listener))

/** One that answers as no well-behaved server does. It is told when the first request has come. */
export const startRawOrigin = (onRequest: (socket: Socket) => void) =>
  listenOn(
    createNetServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => onRequest(socket))
    }),
  )

/** Writes the same again as soon as the system has taken it, until the connection is closed. */
export function writeWithoutEnd(socket: Socket, text: string): void {
  const more = (error?: Error | null) => {
    // A failed write calls back at once, before the socket is destroyed.
    if (!error && !socket.destroyed) socket.write(text, more)
  }
  more()
}

async function listenOn(server: Server, host = '127.0.0.1'): Promise<Origin> {
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    connections: () => connections,
    open: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Names of a test; each may have other addresses when it is asked for again. Others do not exist. */
export function namesOf(names: Record<string, string[] | string[][]>) {
  const asked: string[] = []
  const nowhere = createResolveName([])
  const resolveName: ResolveName = async (name, signal) => {
    const before = asked.filter((other) => other === name).length
    asked.push(name)
    const answers = names[name]
    if (!answers) {
      if (name.endsWith('localhost')) return await nowhere(name, signal)
      const said = { code: 'ENOTFOUND', syscall: 'queryA' }
      throw Object.assign(new Error(`queryA ENOTFOUND ${name}`), said)
    }
    const [first = []] = answers
    if (typeof first === 'string') return answers as string[]
    return (answers[Math.min(before, answers.length - 1)] ?? []) as string[]
  }
  return { resolveName, asked }
}

/**
 * Has connections to some addresses end at servers of the test, as if those were there, and tells all
 * addresses that were connected to. To be restored with `vi.restoreAllMocks()`.
 */
export function reroute(ports: Record<string, number>): string[] {
  const dialled: string[] = []
  vi.spyOn(Agent.prototype, 'createConnection').mockImplementation((options) => {
    const {
      host = '',
      port,
      lookup,
    } = options as NetConnectOpts & {
      host?: string
      port: number
      lookup: (host: string, all: object, callback: (error: null, all: unknown) => void) => void
    }
    let address = host
    if (isIP(host) === 0) {
      lookup(host, { all: true }, (_, all) => {
        ;[{ address }] = all as [{ address: string }]
      })
    }
    dialled.push(address)
    const rerouted = ports[address]
    return rerouted ? connect(rerouted, '127.0.0.1') : connect(port, address)
  })
  return dialled
}

/** Downloads with the variables and parts; a name that nobody has unless they say otherwise. */
export function downloader(env: Record<string, string>, parts: Partial<DownloadParts> = {}) {
  const config = parseEnv(apiConfigSchema, env)
  const heldBytes = createHeldBytes(config.QUEUE_BYTES)
  const download = createDownloadSource(config, { ...namesOf({}), ...parts })
  const never = new AbortController().signal
  return (url: string | URL, signal = never) =>
    download(parseSourceUrl(String(url)), undefined, signal, heldBytes.admit(0))
}

/** The problem that some work ends with. */
export async function problemOf(work: Promise<unknown>): Promise<{ code: string; detail: string }> {
  try {
    await work
  } catch (error) {
    if (error instanceof ProblemError) return { code: error.code, detail: error.detail }
    throw error
  }
  throw new Error('there was no problem')
}
