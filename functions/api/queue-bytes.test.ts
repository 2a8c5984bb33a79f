import { once } from 'node:events'
import { request, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { connectTo, readUntil } from '../runtime/test-socket.ts'
import type { Hold } from './result-store.ts'
import { createMemoryResultStore } from './result-store-memory.ts'
import type { Sources } from './sources.ts'
import { type Api, PICTURE, startApi } from './test-api.ts'
import { answerResult } from './test-image-answer.ts'
import { startOrigin } from './test-origin.ts'
import { grayPng } from './test-picture.ts'
import { newResult, resultOf, sha256Of } from './test-result.ts'

afterEach(() => void vi.useRealTimers())

const SMALL = new Uint8Array(grayPng(40, 30))

/** A picture with so many bytes behind it that it has the given number. */
function pictureOf(bytes: number): Uint8Array<ArrayBuffer> {
  const picture = new Uint8Array(bytes)
  picture.set(SMALL)
  return picture
}

/** How often each status was answered. */
function countedStatuses(answers: Pick<Response, 'status'>[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

/** An image function that answers nobody before the test lets it. */
function waitingAnswers() {
  const waiting: ServerResponse[] = []
  return {
    waiting,
    answer: (response: ServerResponse) => void waiting.push(response),
    answerAll() {
      for (const response of waiting.splice(0)) answerResult(response)
    },
  }
}

describe('QUEUE_BYTES and uploads', () => {
  const env = { QUEUE_BYTES: '200000', STORE: 'none' }

  it.each([
    ['announced', { 'Content-Length': '180000' }],
    ['chunked', { 'Transfer-Encoding': 'chunked' }],
  ])(
    'are held by what has arrived of an upload that never ends, %s: others are overloaded',
    async (_, headers) => {
      await using api = await startApi({ env })
      await using upload = await startUpload(api.url, headers, 170_000)
      await expect.poll(async () => (await api.post()).status).toBe(503)
      const refused = await api.post()
      expect(refused.headers.get('Retry-After')).toBe('1')
      expect(await refused.json()).toMatchObject({ code: 'overloaded' })

      upload.destroy()
      await expect.poll(async () => (await api.post()).status).toBe(200)
    },
  )

  it('are not taken by heads that announce the largest bodies and send nothing', async () => {
    await using api = await startApi()
    const heads = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const socket = await connectTo(api.port)
        socket.write('POST /image HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n')
        socket.write('Content-Length: 33538000\r\n\r\n')
        await readUntil(socket, '100 Continue')
        return socket
      }),
    )
    expect((await api.post()).status).toBe(200)
    for (const socket of heads) socket.destroy()
  })

  it.each(['image/png', 'application/json'])(
    'are given back by a head without a body, which is ended: %s',
    async (type) => {
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
      await using api = await startApi({ env })
      const socket = await connectTo(api.port)
      socket.write(`POST /image HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\n`)
      socket.write('Expect: 100-continue\r\nContent-Length: 9000\r\n\r\n')
      await readUntil(socket, '100 Continue')
      const answer = readUntil(socket, '"requestId"')
      vi.advanceTimersByTime(5000)
      expect(await answer).toMatch(/HTTP\/1.1 408.*"code":"upload_timeout"/s)
      socket.destroy()
    },
  )

  it('are held by requests that send nothing as well: each weighs something itself', async () => {
    await using api = await startApi({ env: { ...env, QUEUE_BYTES: '40000' } })
    const heads = [await sendHead(api, 0), await sendHead(api, 0), await sendHead(api, 0)]
    expect(heads.map(({ status }) => status)).toEqual([100, 100, 503])
    for (const { socket } of heads) socket.destroy()
  })

  it('are held by readers of a large result that read none of it: others are overloaded', async () => {
    const content = Buffer.alloc(20_000_000)
    await using api = await startApi({
      env: { ...env, QUEUE_BYTES: '30000000' },
      answer: (response) => answerResult(response, content),
    })
    const lazy = request(`${api.url}/image`, { method: 'POST' })
    lazy.end(SMALL)
    const [response] = await once(lazy, 'response')
    const next = async () => {
      const { socket, status } = await sendHead(api, 15_000_000)
      socket.destroy()
      return status
    }
    expect(await next()).toBe(503)
    response.destroy()
    await expect.poll(next).toBe(100)
  })

  it('refuse one that would not fit before its body is sent', async () => {
    await using api = await startApi({ env })
    await using _ = await startUpload(api.url, { 'Transfer-Encoding': 'chunked' }, 100_000)
    const socket = await connectTo(api.port)
    socket.write('POST /image HTTP/1.1\r\nHost: x\r\nContent-Length: 150000\r\n\r\n')
    expect(await readUntil(socket, '"requestId"')).toContain('"code":"overloaded"')
    socket.destroy()
  })

  it('are free again as soon as one is refused in its middle, though it goes on sending', async () => {
    await using api = await startApi({ env })
    await using _ = await startUpload(api.url, { 'Transfer-Encoding': 'chunked' }, 60_000)
    const socket = await connectTo(api.port)
    socket.write('POST /image HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    socket.write(`30d40\r\n${'x'.repeat(200_000)}\r\n`)
    expect(await readUntil(socket, '"requestId"')).toContain('"code":"overloaded"')
    expect((await api.post(pictureOf(80_000))).status).toBe(200)
    socket.destroy()
  })

  it('are free of the source once the answer is made, however slowly that is read', async () => {
    const content = Buffer.alloc(19_999_000)
    await using api = await startApi({
      env: { ...env, QUEUE_BYTES: '30000000', MAX_RESULT_BYTES: '20000000' },
      answer: (response) => answerResult(response, content),
    })
    const body = pictureOf(10_000_000)
    const slow = request(`${api.url}/image`, { method: 'POST' })
    slow.end(body)
    const [response] = await once(slow, 'response')
    const other = await api.post(pictureOf(9_000_000))
    expect(other.status).toBe(200)
    await other.body?.cancel()
    response.destroy()
  })

  it('are enough for one picture that is larger', async () => {
    await using api = await startApi({ env: { ...env, QUEUE_BYTES: '0' } })
    expect((await api.post(new Uint8Array(grayPng(2000, 2000)))).status).toBe(200)
    expect((await api.post(PICTURE)).status).toBe(200)
  })

  it.each([
    ['with a reset', (upload: Upload) => upload.reset()],
    ['by closing its end, as a client that left', (upload: Upload) => upload.destroy()],
  ])('are not held by one that is aborted: %s', async (_, abort) => {
    await using api = await startApi({ env })
    await using upload = await startUpload(api.url, { 'Content-Length': '180000' }, 170_000)
    await expect.poll(async () => (await api.post()).status).toBe(503)
    abort(upload)
    await expect.poll(async () => (await api.post()).status, { interval: 10 }).toBe(200)
  })
})

/** Asks to send so many bytes, and sends none: 100 where it may. */
async function sendHead({ port }: Api, bytes: number) {
  const socket = await connectTo(port)
  socket.write('POST /image HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n')
  socket.write(
    bytes === 0 ? 'Transfer-Encoding: chunked\r\n\r\n' : `Content-Length: ${bytes}\r\n\r\n`,
  )
  const [, status] = /^HTTP\/1.1 (\d+)/.exec(await readUntil(socket, '\r\n\r\n')) ?? []
  return { socket, status: Number(status) }
}

type Upload = Awaited<ReturnType<typeof startUpload>>

/** An upload that sends some bytes and then no more. */
async function startUpload(url: string, headers: Record<string, string>, bytes: number) {
  const upload = request(`${url}/image`, { method: 'POST', headers })
  upload.on('error', () => {})
  await new Promise((resolve) => upload.write(Buffer.alloc(bytes), resolve))
  return {
    destroy: () => upload.destroy(),
    reset: () => upload.socket?.resetAndDestroy(),
    [Symbol.asyncDispose]: async () => void upload.destroy(),
  }
}

describe('QUEUE_BYTES and sources at a URL', () => {
  const env = { SOURCE_ALLOW_PRIVATE: 'true', STORE: 'none' }
  const get = (api: Api, url: string, query = '', init: RequestInit = {}) =>
    api.ask(`/image?url=${encodeURIComponent(url)}${query}`, init)

  it.each([
    ['fresh', { 'Cache-Control': 'max-age=60' }],
    ['unchanged', { ETag: '"1"' }],
    ['not remembered', {}],
  ])('bound what requests with different options hold of one that is %s', async (_, headers) => {
    const { waiting, answer, answerAll } = waitingAnswers()
    await using origin = await startOrigin((asked, response) => {
      const isKnown = asked.headers['if-none-match'] === '"1"'
      response.writeHead(isKnown ? 304 : 200, headers).end(isKnown ? '' : pictureOf(1_000_000))
    })
    let first = true
    await using api = await startApi({
      env: { ...env, QUEUE_BYTES: '5000000' },
      answer(response) {
        if (!first) return answer(response)
        first = false
        response.writeHead(500).end()
      },
    })
    expect((await get(api, origin.url)).status).toBe(502)
    const answers: Response[] = []
    const asked: Promise<unknown>[] = []
    for (let quality = 1; quality <= 20; quality++) {
      const asking = get(api, origin.url, `&format=jpeg&quality=${quality}`)
      asked.push(asking.then((answered) => answers.push(answered)))
      // One after the other, as those who ask at the same time share the bytes.
      await expect.poll(() => answers.length + waiting.length, { interval: 5 }).toBe(quality)
    }
    expect(countedStatuses(answers)).toEqual({ 503: 20 - waiting.length })
    expect(waiting.length).toBeGreaterThan(0)
    expect(waiting.length).toBeLessThan(5)
    answerAll()
    await Promise.all(asked)
    const again = get(api, origin.url, '&format=jpeg')
    await expect.poll(() => waiting.length).toBe(1)
    answerAll()
    expect((await again).status).toBe(200)
  })

  it('count the bytes that many wait for once', async () => {
    await using origin = await startOrigin((_, response) => {
      setTimeout(() => response.end(pictureOf(300_000)), 300)
    })
    await using api = await startApi({ env: { ...env, QUEUE_BYTES: '1000000' } })
    const answers = await Promise.all(Array.from({ length: 30 }, () => get(api, origin.url)))
    expect(countedStatuses(answers)).toEqual({ 200: 30 })
  })

  it('are enough for one that is larger', async () => {
    await using origin = await startOrigin((_, response) => response.end(pictureOf(1_000_000)))
    await using api = await startApi({ env: { ...env, QUEUE_BYTES: '0' } })
    expect((await get(api, origin.url)).status).toBe(200)
    expect((await get(api, origin.url)).status).toBe(200)
  })

  it('are held for those who still wait when the first has left, and then free', async () => {
    const rest = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    await using origin = await startOrigin(async (_, response) => {
      response.write(pictureOf(900_000))
      begun.resolve()
      await rest.promise
      response.end()
    })
    await using api = await startApi({ env: { ...env, QUEUE_BYTES: '1000000' } })
    const client = new AbortController()
    const first = get(api, origin.url, '', { signal: client.signal })
    await begun.promise
    const statusOf = async (bytes: number) => (await api.post(pictureOf(bytes))).status
    await expect.poll(() => statusOf(70_000)).toBe(503)
    const second = get(api, origin.url)
    // What the second request weighs itself.
    await expect.poll(() => statusOf(60_000)).toBe(503)
    client.abort()
    await expect(first).rejects.toThrow('aborted')
    await expect.poll(() => statusOf(60_000)).toBe(200)
    expect(await statusOf(90_000)).toBe(503)
    rest.resolve()
    expect((await second).status).toBe(200)
    await expect.poll(() => statusOf(900_000)).toBe(200)
  })
})

describe('QUEUE_BYTES and results that are read from a bucket', () => {
  it('bound how many are read at once, and are free of those whose clients left', async () => {
    let reading = 0
    const read = Promise.withResolvers<void>()
    const store = {
      ...createMemoryResultStore(0),
      async get(_key: string, hold: Hold = () => {}) {
        const result = resultOf(Buffer.alloc(100_000))
        hold(result.bytes.length)
        reading++
        await read.promise
        return result
      },
    }
    await using api = await startApi({ env: { QUEUE_BYTES: '1000000' }, change: { store } })
    const answers: Response[] = []
    const clients = Array.from({ length: 30 }, (_, i) => {
      const client = new AbortController()
      const key = sha256Of(String(i))
      const asking = api.ask(`/results/${key}`, { signal: client.signal })
      return { client, asked: asking.then((answer) => answers.push(answer)) }
    })
    await expect.poll(() => answers.length + reading).toBe(30)
    expect(countedStatuses(answers)).toEqual({ 503: 30 - reading })
    expect(reading).toBeGreaterThan(0)
    expect(reading).toBeLessThan(10)
    for (const { client, asked } of clients) {
      client.abort()
      await asked.catch(() => {})
    }
    expect((await api.post(pictureOf(900_000))).status).toBe(503)
    read.resolve()
    await expect.poll(async () => (await api.post(pictureOf(900_000))).status).toBe(200)
  })
})

describe('QUEUE_BYTES and results that nobody reads', () => {
  /** An api with readers of results who read no more than the beginning. */
  async function startWithReaders(env: Record<string, string>, content?: Buffer) {
    const readers: Socket[] = []
    const api = await startApi({
      env,
      ...(content && { answer: (response) => answerResult(response, content) }),
    })

    /** Sends a request, and tells the status of its answer. */
    async function askUnread(request: string, body: Uint8Array = Buffer.of()): Promise<number> {
      const reader = await connectTo(api.port)
      readers.push(reader)
      reader.write(`${request} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`)
      reader.write(body)
      const [head] = await once(reader, 'data')
      reader.pause()
      return Number(head.toString('latin1', 9, 12))
    }

    return {
      ...api,
      readers,
      askUnread,
      /** Stores a result of so many bytes, and says where it is. */
      async store(bytes: number): Promise<string> {
        const { key, result } = newResult(Buffer.alloc(bytes))
        await api.results.store?.put(key, result)
        return `/results/${key}`
      },
      /** Whether there is room for an upload, which is no image. */
      async hasRoomFor(upload: number): Promise<boolean> {
        const { status } = await api.post(new Uint8Array(upload))
        expect([415, 503]).toContain(status)
        return status === 415
      },
      async [Symbol.asyncDispose]() {
        for (const reader of readers) reader.destroy()
        await api[Symbol.asyncDispose]()
      },
    }
  }

  it('count one that many are sent once: others are served', async () => {
    await using api = await startWithReaders({ QUEUE_BYTES: '60000000' })
    const path = await api.store(20_000_000)
    for (let reader = 0; reader < 8; reader++) expect(await api.askUnread(`GET ${path}`)).toBe(200)
    expect((await api.post()).status).toBe(200)
  })

  it('count one that many have made, or find made, once as well', async () => {
    const limits = { QUEUE_BYTES: '60000000' }
    await using api = await startWithReaders(limits, Buffer.alloc(20_000_000))
    for (let reader = 0; reader < 8; reader++)
      expect(await api.askUnread('POST /image', PICTURE)).toBe(200)
    expect(api.calls()).toBe(1)
    expect(await api.hasRoomFor(1_000_000)).toBe(true)
  })

  it.each([
    ['as the service starts', {}],
    ['with headers for all pages and of a rate', { CORS_ORIGINS: '*', RATE_LIMIT: '1000' }],
    ['with headers for some pages', { CORS_ORIGINS: 'https://app.example.org' }],
  ])('have it in memory once, %s', async (_, env) => {
    const BYTES = 10_000_000
    await using api = await startWithReaders(env)
    const path = await api.store(BYTES)
    const before = process.memoryUsage().arrayBuffers
    for (let reader = 0; reader < 10; reader++) expect(await api.askUnread(`GET ${path}`)).toBe(200)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(BYTES)
  })

  it('count those that are distinct each: who comes with one too many is overloaded', async () => {
    await using api = await startWithReaders({ QUEUE_BYTES: '50000000' })
    const statuses: number[] = []
    for (let reader = 0; reader < 8; reader++)
      statuses.push(await api.askUnread(`GET ${await api.store(10_000_000)}`))
    expect(statuses).toEqual([200, 200, 200, 200, 200, 503, 503, 503])
  })

  it('are held until the last reader of one has left, with what the system copies for each', async () => {
    const limits = { QUEUE_BYTES: '26000000', STORE_MEMORY_BYTES: '26000000' }
    await using api = await startWithReaders(limits)
    const path = await api.store(20_000_000)
    for (const _reader of [1, 2]) expect(await api.askUnread(`GET ${path}`)).toBe(200)
    await api.store(20_000_000)
    expect((await api.ask(path, { method: 'HEAD' })).status).toBe(404)

    const [first, last] = api.readers
    // What the system may have copied for the second.
    expect(await api.hasRoomFor(3_000_000)).toBe(false)
    first?.destroy()
    await expect.poll(() => api.hasRoomFor(3_000_000)).toBe(true)
    expect(await api.hasRoomFor(10_000_000)).toBe(false)
    last?.destroy()
    await expect.poll(() => api.hasRoomFor(10_000_000)).toBe(true)
  })
})

describe('QUEUE_BYTES and kept sources', () => {
  const BYTES = 100_000

  /** An api with sources that are read when the test lets it. */
  async function startKeeping(maxBytes: number) {
    let reading = 0
    const reads: (() => void)[] = []
    const sources: Sources = {
      keep() {},
      has: async () => ({ size: BYTES, format: 'png' }),
      async get() {
        reading++
        await new Promise<void>((resolve) => reads.push(resolve))
        reading--
        return { bytes: Buffer.from(pictureOf(BYTES)), format: 'png' }
      },
      delete: async () => false,
      drain: async () => {},
    }
    const env = { KEEP_SOURCES: 'true', QUEUE_BYTES: String(maxBytes) }
    const api = await startApi({ env, change: { sources } })
    const name = (query = '', init: RequestInit = {}) =>
      api.ask(`/image${query}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ sha256: 'a'.repeat(64) }),
        ...init,
      })
    const readAll = () => {
      for (const resolve of reads.splice(0)) resolve()
    }
    return Object.assign(api, { name, reading: () => reading, readAll })
  }

  it('bound how many are read at once, not only what was read', async () => {
    await using api = await startKeeping(1_000_000)
    const answers: Response[] = []
    const asked = Array.from({ length: 30 }, async (_, quality) => {
      answers.push(await api.name(`?format=jpeg&quality=${quality + 1}`))
    })
    await expect.poll(() => answers.length + api.reading()).toBe(30)
    expect(api.reading()).toBeGreaterThan(0)
    expect(api.reading()).toBeLessThan(10)
    const read = api.reading()
    api.readAll()
    await Promise.all(asked)
    expect(countedStatuses(answers)).toEqual({ 200: read, 503: 30 - read })
  })

  it('are held for one that left until its source has been read, and then free', async () => {
    await using api = await startKeeping(150_000)
    const client = new AbortController()
    const asked = api.name('', { signal: client.signal })
    await expect.poll(api.reading).toBe(1)
    client.abort()
    await expect(asked).rejects.toThrow('aborted')
    expect((await api.post(pictureOf(60_000))).status).toBe(503)
    api.readAll()
    await expect.poll(async () => (await api.post(pictureOf(130_000))).status).toBe(200)
  })

  it('are not lost to those who leave, one after the other', async () => {
    await using api = await startKeeping(250_000)
    for (let time = 0; time < 10; time++) {
      const client = new AbortController()
      const asked = api.name('', { signal: client.signal })
      await expect.poll(api.reading).toBe(1)
      client.abort()
      await expect(asked).rejects.toThrow('aborted')
      api.readAll()
    }
    await expect.poll(async () => (await api.post(pictureOf(230_000))).status).toBe(200)
  })
})
