import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { getRequestListener } from '@hono/node-server'
import { describe, expect, inject, it } from 'vitest'
import { createApiApp } from './api/app.ts'
import { apiConfigSchema } from './api/config.ts'
import { createResults } from './api/results.ts'
import { grayPng } from './api/test-picture.ts'
import { optionsToQuery } from './contract/options-query.ts'
import type { ProcessImage } from './image/image-workers.ts'
import { OPTIONS, startApp } from './image/test-app.ts'
import { processHere } from './image/test-process.ts'
import { ENVIRONMENT, NODE_FLAGS } from './process-settings.ts'
import { findQueueProxy, HOW_TO_GET_QUEUE_PROXY } from './queue-proxy-program.ts'
import { createApp } from './runtime/app.ts'
import { createLogger } from './runtime/logger.ts'
import { parseEnv } from './runtime/parse-env.ts'
import { serveForTest } from './runtime/test-server.ts'
import { connectTo, readToEnd, readUntil } from './runtime/test-socket.ts'
import { ADMIN_PORT, probe, startQueueProxy } from './test-queue-proxy.ts'

const isMissing = !findQueueProxy()
if (isMissing) {
  console.warn(`Tests with queue-proxy are left out; to run them: ${HOW_TO_GET_QUEUE_PROXY}`)
}

const PICTURE = new Uint8Array(grayPng(400, 300))
const silent = createLogger('test', 'silent')

/** What Knative sets for a function, besides its port. */
const KNATIVE = {
  K_SERVICE: 'function',
  K_CONFIGURATION: 'function',
  K_REVISION: 'function-00001',
}

/** A function as a process, told what a container is told; it logs, and ends with its block. */
async function startFunction(name: 'api' | 'image', env: Record<string, string> = {}) {
  const child = spawn(
    process.execPath,
    [...NODE_FLAGS, join(import.meta.dirname, name, 'main.ts')],
    {
      env: { ...ENVIRONMENT, ...KNATIVE, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let said = ''
  const awaited: { text: string; heard: () => void }[] = []
  child.stdout.on('data', (part) => {
    said += part
    for (const { text, heard } of awaited) if (said.includes(text)) heard()
  })
  const exited = once(child, 'close').then(([code]) => code as number | null)
  const saying = (text: string) =>
    new Promise<void>((heard) => {
      if (said.includes(text)) heard()
      awaited.push({ text, heard })
    })
  await Promise.race([saying('"msg":"listening"'), exited])
  return {
    child,
    port: Number(/"port":(\d+)/.exec(said)?.[1]),
    exited,
    saying,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** An api in this process, before an image function at a port. */
async function startApi(imagePort: number, env: Record<string, string> = {}) {
  const config = parseEnv(apiConfigSchema, {
    IMAGE_FUNCTION_URL: `http://127.0.0.1:${imagePort}`,
    STORE: 'none',
    ...env,
  })
  return serveForTest(createApiApp(config, silent, await createResults(config, silent)))
}

/** The pipeline, which begins no image until it is told to. */
function held() {
  const began = Promise.withResolvers<void>()
  const letGo = Promise.withResolvers<void>()
  const processImage: ProcessImage = (task) => {
    began.resolve()
    const result = letGo.promise.then(() => processHere(task).result)
    const ended = result.then(
      () => {},
      () => {},
    )
    return { result, ended }
  }
  return { processImage, began: began.promise, letGo: letGo.resolve }
}

const PROCESS = `/process?${optionsToQuery(OPTIONS)}`

function post(url: string, body: Uint8Array<ArrayBuffer> = PICTURE): Promise<Response> {
  return fetch(url, { method: 'POST', body })
}

/** An answer with the whole of what is a PNG. */
const WHOLE_PNG = /^HTTP\/1.1 200 .*\r\n\r\n\x89PNG.*IEND.{4}$/s

// A test waits for its turn while another run on this machine drains, which takes half a minute.
describe.skipIf(isMissing && !inject('ci'))('behind queue-proxy', { timeout: 150_000 }, () => {
  describe('a POST on a connection that was idle', () => {
    /** Node's, and a second that it adds; until then nothing is closed. */
    const IDLE_MS = 6000
    const BUSY_MS = 2000
    /** Nobody wakes the thread that waits here. */
    const nobody = new Int32Array(new SharedArrayBuffer(4))

    function portApp() {
      const app = createApp(silent)
      app.post('/', async (c) => {
        await c.req.arrayBuffer()
        return c.text(String(c.env.incoming.socket.remotePort))
      })
      return app
    }

    /**
     * Posts twice with an idle time between. The second POST reaches the function while it is busy
     * just as the idle time of a Node server ends: it finds the time over before it finds the POST.
     */
    async function postTwice(port: number) {
      const client = await connectTo(port)
      const text = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc'
      client.write(text)
      const first = await readUntil(client, '\r\n\r\n')
      const second = readUntil(client, '\r\n\r\n')
      // After an immediate the event loop looks at its timers before it looks at its sockets.
      const postAndBeBusy = () => {
        client.write(text)
        Atomics.wait(nobody, 0, 0, BUSY_MS)
      }
      setTimeout(() => setImmediate(postAndBeBusy), IDLE_MS - BUSY_MS / 2)
      return [first, await second]
    }

    const statusOf = (answer = '') => Number(/HTTP\/1.1 (\d+)/.exec(answer)?.[1])
    const bodyOf = (answer = '') => answer.split('\r\n\r\n')[1]

    it('is answered, on the same connection to the function', async () => {
      await using server = await serveForTest(portApp())
      await using proxy = await startQueueProxy(server.port, { containerConcurrency: 1 })
      const [first, second] = await postTwice(proxy.port)
      expect([statusOf(first), statusOf(second)]).toEqual([200, 200])
      expect(bodyOf(first)).toMatch(/^\d+$/)
      expect(bodyOf(second)).toBe(bodyOf(first))
    })

    it('is a 502 from a server that keeps connections as long as Node does by itself', async () => {
      await using server = createServer(getRequestListener(portApp().fetch))
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      await using proxy = await startQueueProxy(port, { containerConcurrency: 1 })
      const [first, second] = await postTwice(proxy.port)
      expect([statusOf(first), statusOf(second)]).toEqual([200, 502])
    })
  })

  describe('an upload over the limit', () => {
    const BYTES = 40_000_000
    const TIMES = 5
    const upload = new Uint8Array(BYTES)
    const inChunks = () =>
      new ReadableStream({
        start(controller) {
          for (let at = 0; at < BYTES; at += 1_000_000) {
            controller.enqueue(upload.subarray(at, at + 1_000_000))
          }
          controller.close()
        },
      })

    /** Reads as soon as something comes. */
    async function fetched(port: number, body: NonNullable<RequestInit['body']>): Promise<string> {
      const init = { method: 'POST', body, duplex: 'half' }
      const answer = await fetch(`http://127.0.0.1:${port}/image`, init as RequestInit)
      const { code } = (await answer.json()) as { code: string }
      return `${answer.status} ${answer.headers.get('Content-Type')} ${code}`
    }

    type WriteToSocket = (part: Uint8Array, sent: (error?: Error | null) => void) => void

    /** Reads only after everything was sent. */
    async function readLate(port: number, header: string, parts: Uint8Array[]): Promise<string> {
      const socket = await connectTo(port)
      socket.write(`POST /image HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${header}\r\n\r\n`)
      const write = promisify(socket.write.bind(socket) as WriteToSocket)
      for (const part of parts) await write(part)
      if (socket.errored) throw socket.errored
      const answer = await readToEnd(socket)
      const whole =
        /^HTTP\/1.1 (\d+) .*\r\nContent-Type: (\S+)\r\n.*"code":"(\w+)".*\r\n0\r\n\r\n$/s
      return whole.exec(answer)?.slice(1).join(' ') ?? answer
    }

    const clients: [string, (port: number) => Promise<string>][] = [
      ['announced', (port) => fetched(port, upload)],
      ['in chunks', (port) => fetched(port, inChunks())],
      [
        'announced, by a client that sends everything before it reads',
        (port) => readLate(port, `Content-Length: ${BYTES}`, [upload]),
      ],
      [
        'in chunks, by a client that sends everything before it reads',
        (port) =>
          readLate(port, 'Transfer-Encoding: chunked', [
            Buffer.from(`${BYTES.toString(16)}\r\n`),
            upload,
            Buffer.from('\r\n0\r\n\r\n'),
          ]),
      ],
    ]

    /** What each of some tries in turn meets. */
    async function outcomes(port: number, send: (port: number) => Promise<string>) {
      const found: string[] = []
      for (let i = 0; i < TIMES; i++) {
        found.push(await send(port).catch((error: Error) => `lost: ${error.message}`))
      }
      return found
    }

    const refused = Array(TIMES).fill('413 application/problem+json payload_too_large')

    it.each(
      ['1000', '33554432'].flatMap((maxBytes) =>
        clients.map(([how, send]) => ({ how, maxBytes, send })),
      ),
    )('of $maxBytes bytes is refused with a 413 that arrives: $how', async ({ maxBytes, send }) => {
      await using api = await startApi(1, { MAX_SOURCE_BYTES: maxBytes })
      await using proxy = await startQueueProxy(api.port, { fullDuplex: true })
      expect(await outcomes(proxy.port, send)).toEqual(refused)
    })

    it('loses its 413 where answers may not begin before the request was read', async () => {
      await using api = await startApi(1)
      await using proxy = await startQueueProxy(api.port, { fullDuplex: false })
      const found = await outcomes(proxy.port, (port) => fetched(port, upload))
      expect(found).not.toEqual(refused)
    })
  })

  it('is ready within 100 ms while the only slot is busy', async () => {
    await using image = await startFunction('image', { SLOTS: '1' })
    await using proxy = await startQueueProxy(image.port, { containerConcurrency: 1 })
    const large = new Uint8Array(grayPng(6000, 6000))
    const scale = { width: 2000, height: 2000 }
    const query = optionsToQuery({ ...OPTIONS, mode: 'exact', scale })
    let busy = true
    const answers = Promise.all(
      Array.from({ length: 5 }, () => post(`${proxy.url}/process?${query}`, large)),
    ).finally(() => {
      busy = false
    })
    const probes: { status: number | undefined; ms: number }[] = []
    while (busy) {
      const startedMs = performance.now()
      const status = await probe(proxy.port)
      probes.push({ status, ms: performance.now() - startedMs })
    }
    expect((await answers).map((answer) => answer.status)).toEqual(Array(5).fill(200))
    expect(probes.length).toBeGreaterThan(10)
    expect(new Set(probes.map(({ status }) => status))).toEqual(new Set([200]))
    const sum = (of: typeof probes) => of.reduce((total, { ms }) => total + ms, 0)
    const slow = probes.filter(({ ms }) => ms > 100)
    // The machine may be busy with something else now and then; of the time, because a slow probe
    // takes that of many quick ones.
    expect(sum(slow) / sum(probes)).toBeLessThan(0.2)
  })

  it('finishes what runs when a pod stops, during the drain and after it', async () => {
    await using image = await startFunction('image')
    await using proxy = await startQueueProxy(image.port, { containerConcurrency: 10 })
    /** An upload of which the first half has been sent, and what sends the other. */
    async function begin() {
      const socket = await connectTo(proxy.port)
      const half = PICTURE.length >> 1
      const length = `Content-Length: ${PICTURE.length}\r\nExpect: 100-continue\r\nConnection: close`
      socket.write(`POST ${PROCESS} HTTP/1.1\r\nHost: x\r\n${length}\r\n\r\n`)
      await readUntil(socket, '100 Continue')
      socket.write(PICTURE.subarray(0, half))
      return () => {
        socket.write(PICTURE.subarray(half))
        return readToEnd(socket)
      }
    }
    const finishInTime = await begin()
    const finishLate = await begin()

    // As the kubelet does: both at once, and the function only when the first has answered.
    const startedMs = performance.now()
    const preStop = fetch(`http://127.0.0.1:${ADMIN_PORT}/wait-for-drain`)
    proxy.child.kill('SIGTERM')
    while ((await probe(proxy.port)) !== 503);
    expect((await post(proxy.url + PROCESS)).status).toBe(200)

    await new Promise((resolve) => setTimeout(resolve, 20_000))
    expect(await finishInTime()).toMatch(WHOLE_PNG)
    expect((await preStop).status).toBe(200)
    expect(performance.now() - startedMs).toBeGreaterThan(29_000)

    image.child.kill('SIGTERM')
    await image.saying('"msg":"stopping')
    expect(await finishLate()).toMatch(WHOLE_PNG)
    expect(await image.exited).toBe(0)
    expect(await proxy.exited).toBe(0)
  })

  describe('with one request at a time', () => {
    it('has eleven answered of twelve at once; the other is told that the queue is full', async () => {
      const { processImage, letGo } = held()
      await using image = await startApp({}, processImage)
      await using proxy = await startQueueProxy(image.port, { containerConcurrency: 1 })
      const twelve = Array.from({ length: 12 }, () => post(proxy.url + PROCESS))
      // All others wait.
      const refused = await Promise.race(twelve)
      letGo()
      expect(refused.status).toBe(503)
      expect(await refused.text()).toBe('pending request queue full\n')
      const statuses = (await Promise.all(twelve)).map((answer) => answer.status)
      expect(statuses.toSorted()).toEqual([...Array(11).fill(200), 503])
    })

    it('has the api answer overloaded, and when to come back', async () => {
      const { processImage, letGo } = held()
      await using image = await startApp({}, processImage)
      await using proxy = await startQueueProxy(image.port, { containerConcurrency: 1 })
      await using api = await startApi(proxy.port)
      const twelve = Array.from({ length: 12 }, (_, i) =>
        post(`${api.url}/image`, new Uint8Array(grayPng(400, 300 + i))),
      )
      const refused = await Promise.race(twelve)
      letGo()
      expect(refused.status).toBe(503)
      expect(refused.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/)
      expect(await refused.json()).toMatchObject({ code: 'overloaded' })
      const statuses = (await Promise.all(twelve)).map((answer) => answer.status)
      expect(statuses.toSorted()).toEqual([...Array(11).fill(200), 503])
    })
  })

  it('has a timeout become image_function_timeout at the api, and the function hears of it', async () => {
    const { processImage, began, letGo } = held()
    const left = Promise.withResolvers<unknown>()
    const log = { info: left.resolve, error: left.resolve }
    await using image = await startApp({}, processImage, log)
    await using proxy = await startQueueProxy(image.port, { timeoutSeconds: 1 })
    await using api = await startApi(proxy.port)
    const direct = post(proxy.url + PROCESS)
    await began
    const answer = await post(`${api.url}/image`)
    expect(answer.status).toBe(504)
    expect(await answer.json()).toMatchObject({ code: 'image_function_timeout' })
    expect((await direct).status).toBe(504)
    expect(await (await direct).text()).toContain('request timeout')
    expect(await left.promise).toMatchObject({ status: 499 })
    letGo()
  })

  it.each([false, true])(
    'is a 502 over HTTP/2, which is passed on: a port is not to be named h2c (detection: %s)',
    async (autoDetectHttp2) => {
      await using image = await startApp()
      await using proxy = await startQueueProxy(image.port, { autoDetectHttp2 })
      const session = connectHttp2(proxy.url)
      const stream = session.request({ ':method': 'POST', ':path': PROCESS })
      stream.end(PICTURE)
      const [headers] = await once(stream, 'response')
      session.destroy()
      expect(headers[':status']).toBe(502)
      expect((await post(proxy.url + PROCESS)).status).toBe(200)
    },
  )

  it('takes whatever stands in the headers about where a request comes from', async () => {
    await using image = await startFunction('image')
    await using proxy = await startQueueProxy(image.port, { containerConcurrency: 1 })
    async function statusWith(...headers: string[]): Promise<string> {
      const socket = await connectTo(proxy.port)
      const length = `Content-Length: ${PICTURE.length}\r\nConnection: close`
      socket.write(`POST ${PROCESS} HTTP/1.1\r\n${headers.join('\r\n')}\r\n${length}\r\n\r\n`)
      socket.write(PICTURE)
      const answer = await readToEnd(socket)
      return [/^HTTP\/1.1 (\d+)/, /"code":"(\w+)"/]
        .flatMap((wanted) => wanted.exec(answer)?.[1] ?? [])
        .join(' ')
    }
    const hosts = [
      'image.default.svc.cluster.local',
      'IMAGE.Example:8080',
      '[::1]:80',
      'under_score',
      'a,b',
      'xn--',
      '999.1.1.1',
      '',
    ]
    for (const host of hosts)
      expect([host, await statusWith(`Host: ${host}`)]).toEqual([host, '200'])
    const others = [
      [
        'X-Forwarded-For: 1.2.3.4, ::1, , nonsense',
        'X-Forwarded-Proto: ftp',
        'X-Forwarded-Host: a b',
      ],
      ['Forwarded: for=_gazonk;by="[::1";;,,'],
      ['traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'tracestate: a=1'],
      ['traceparent: nonsense', 'baggage: ;;='],
      ['K-Proxy-Request: activator', 'Knative-Serving-Revision: another'],
    ]
    for (const headers of others) {
      expect([headers, await statusWith('Host: x', ...headers)]).toEqual([headers, '200'])
    }
    // What is no name is refused, here by the function and not by the proxy.
    for (const headers of [
      ['Host: x:99999'],
      ['Host: a%zz'],
      ['Host: x', 'K-Original-Host: a b'],
    ]) {
      expect([headers, await statusWith(...headers)]).toEqual([headers, '400 invalid_request'])
    }
  })

  it('has the address of the client in X-Forwarded-For, before those of trusted proxies', async () => {
    const limit = { RATE_LIMIT: '1', TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8' }
    await using api = await startApi(1, limit)
    await using proxy = await startQueueProxy(api.port)
    const statusFrom = async (forwardedFor: string) => {
      const headers = { 'X-Forwarded-For': forwardedFor }
      return (await fetch(`${proxy.url}/presets`, { headers })).status
    }
    // Through the gateway alone, and through the activator as well.
    expect(await statusFrom('198.51.100.7')).toBe(200)
    expect(await statusFrom('203.0.113.1, 198.51.100.7, 10.1.2.3')).toBe(429)
    expect(await statusFrom('198.51.100.8, 10.1.2.3')).toBe(200)
  })
})
