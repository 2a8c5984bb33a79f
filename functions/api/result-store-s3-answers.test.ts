import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { overloaded } from '../contract/problem.ts'
import { createGuardedStore } from './guarded-store.ts'
import { toMetadata } from './result-object.ts'
import { StoreError } from './store-error.ts'
import { startRawOrigin } from './test-origin.ts'
import { sha256Of } from './test-result.ts'
import { answerError, startFakeS3 } from './test-s3.ts'
import { causeOf, KEY, log, OPERATIONS, openS3Store, openStore, RESULT } from './test-s3-store.ts'

afterEach(() => vi.unstubAllEnvs())

describe('a server that accepts and never answers', () => {
  it.each(OPERATIONS)('fails %s within the time, as no answer ever comes', async (_, operation) => {
    await using hole = await startRawOrigin(() => {})
    const store = openStore(hole.url, { timeoutMs: 150 })
    const before = performance.now()
    expect(await causeOf(operation(store))).toMatchObject({ message: 'no answer within 150 ms' })
    expect(performance.now() - before).toBeLessThan(1_000)
  })

  it('does not keep prepare() for longer, and is logged', async () => {
    await using hole = await startRawOrigin(() => {})
    await openStore(hole.url, { timeoutMs: 150 }).prepare()
    expect(log.error).toHaveBeenCalledTimes(1)
  })

  it('fails a get within the time also in the middle of the bytes, and lets the connection go', async () => {
    const closed = Promise.withResolvers<void>()
    await using server = await startFakeS3((incoming, outgoing) => {
      incoming.socket.once('close', () => closed.resolve())
      answerResult(outgoing, { length: RESULT.bytes.length }).write(RESULT.bytes.subarray(0, 1000))
    })
    const store = openStore(server.endpoint, { timeoutMs: 150 })
    expect(await causeOf(store.get(KEY))).toMatchObject({ message: 'no answer within 150 ms' })
    await closed.promise
    expect(server.asked).toHaveLength(1)
    expect(store.damaged).toBe(0)
  })
})

describe('a result for which there is no room', () => {
  it('is not read, keeps no connection, and is no failure of the store', async () => {
    const closed = Promise.withResolvers<void>()
    await using server = await startFakeS3((incoming, outgoing) => {
      incoming.socket.once('close', () => closed.resolve())
      answerResult(outgoing, { length: RESULT.bytes.length }).write(RESULT.bytes.subarray(0, 1000))
    })
    const store = createGuardedStore(openStore(server.endpoint), log)
    const hold = vi.fn(() => {
      throw overloaded('No room.', 1)
    })
    for (let i = 0; i < 6; i++)
      await expect(store.get(KEY, hold)).rejects.toMatchObject({ code: 'overloaded' })
    await closed.promise
    expect(hold).toHaveBeenCalledWith(RESULT.bytes.length)
    expect(server.asked).toHaveLength(6)
    expect(log.error).not.toHaveBeenCalled()
  })
})

/** A look whether a server is there at all: nobody puts this one. */
const LOOK = 'HEAD /results/results/none'

describe.each([
  [503, 'SlowDown'],
  [503, 'SlowDownRead'],
  [503, 'ServiceUnavailable'],
  [500, 'InternalError'],
  [403, 'AccessDenied'],
  [403, 'RequestTimeTooSkewed'],
  [404, 'NoSuchBucket'],
  [507, 'XMinioStorageFull'],
  [501, 'NotImplemented'],
])('a server that answers %i %s to everything', (status, code) => {
  it.each(OPERATIONS.filter(([name]) => name !== 'has' && name !== 'delete'))(
    'fails %s with that as the cause, asked once, and neither deletes nor is to blame',
    async (_, operation) => {
      await using server = await startFakeS3((_incoming, outgoing) =>
        answerError(outgoing, status, code),
      )
      const store = openStore(server.endpoint)
      expect(await causeOf(operation(store))).toMatchObject({ name: code })
      expect(server.asked.filter((asked) => !asked.startsWith('HEAD'))).toHaveLength(1)
      expect(server.asked.join()).not.toContain('DELETE')
      expect(store.damaged).toBe(0)
    },
  )
})

it.each([
  [500, 'InternalError'],
  [503, 'SlowDownRead'],
])(
  'a server that answers %i %s to everything is left alone, also for one key',
  async (status, code) => {
    await using server = await startFakeS3((_incoming, outgoing) =>
      answerError(outgoing, status, code),
    )
    const store = openStore(server.endpoint)
    const guarded = createGuardedStore(store, log)
    for (let i = 0; i < 20; i++) {
      await expect(guarded.get(KEY)).rejects.toThrow(StoreError)
      await expect(guarded.put(KEY, RESULT)).rejects.toThrow(StoreError)
    }
    const asked = (method: string) => server.requests.filter((request) => request.method === method)
    expect([asked('GET').length, asked('PUT').length]).toEqual([5, 5])
    expect(log.error.mock.calls.map(([, text]) => text)).toEqual([
      'the store fails, reading',
      'the store fails, writing',
    ])
  },
)

it.each([403, 500, 503])('a HEAD that is answered %i, as all are, is no miss', async (status) => {
  await using server = await startFakeS3((_incoming, outgoing) => outgoing.writeHead(status).end())
  const store = openStore(server.endpoint)
  await causeOf(store.has(KEY))
  await causeOf(store.delete(KEY))
  expect(server.asked.filter((asked) => asked !== LOOK)).toHaveLength(2)
})

it('a clock that is wrong fails one operation, and is corrected by what the server says', async () => {
  const serverTime = new Date(Date.now() + 3_600_000)
  await using server = await startFakeS3((incoming, outgoing) => {
    outgoing.setHeader('Date', serverTime.toUTCString())
    const signed = String(incoming.headers['x-amz-date'])
    const isRight =
      signed.slice(0, 11) === serverTime.toISOString().replace(/[-:]/g, '').slice(0, 11)
    if (isRight) answerError(outgoing, 404, 'NoSuchKey')
    else answerError(outgoing, 403, 'RequestTimeTooSkewed')
  })
  const store = openStore(server.endpoint)
  expect(await causeOf(store.get(KEY))).toMatchObject({ name: 'RequestTimeTooSkewed' })
  expect(await store.get(KEY)).toBeUndefined()
})

it.each([
  [412, 'PreconditionFailed'],
  [409, 'ConditionalRequestConflict'],
])('a put that is answered %i %s is done: somebody was faster', async (status, code) => {
  await using server = await startFakeS3((incoming, outgoing) => {
    if (incoming.headers['if-none-match']) answerError(outgoing, status, code)
    else outgoing.end()
  })
  await openStore(server.endpoint).put(KEY, RESULT)
  expect(server.asked).toHaveLength(3)
})

it.each([
  [403, 'AccessDenied'],
  [400, 'BadDigest'],
  [503, 'SlowDownWrite'],
])('a put whose result is refused with %i %s fails', async (status, code) => {
  await using server = await startFakeS3((incoming, outgoing) => {
    if (incoming.headers['if-none-match']) answerError(outgoing, status, code)
    else outgoing.end()
  })
  const store = openStore(server.endpoint)
  expect(await causeOf(store.put(KEY, RESULT))).toMatchObject({ name: code })
})

describe('an object that is not what was put', () => {
  const BYTES = RESULT.bytes
  const length = BYTES.length

  it.each<[string, (outgoing: ServerResponse) => void]>([
    ['has other bytes', (to) => answerResult(to, { length }).end(Buffer.alloc(length, 'other'))],
    ['is shorter', (to) => answerResult(to, { length: length - 1 }).end(BYTES.subarray(1))],
    ['is longer', (to) => answerResult(to, { length: length + 1 }).end(Buffer.alloc(length + 1))],
    ['ends too early', (to) => endEarly(answerResult(to, { length }), BYTES)],
    ['has no description', (to) => to.writeHead(200, { 'Content-Length': length }).end(BYTES)],
    ['is said to be unreadable', (to) => answerError(to, 503, 'SlowDownRead')],
    ['cannot be read', (to) => answerError(to, 500, 'InternalError')],
  ])('and %s is a miss, logged and counted once, and replaced, not deleted', async (_, answer) => {
    await using server = await startFakeS3(({ method }, outgoing) => {
      if (method === 'GET') answer(outgoing)
      else outgoing.writeHead(method === 'HEAD' ? 404 : 200).end()
    })
    const store = openStore(server.endpoint)
    const name = `/results/results/${KEY.slice(0, 2)}/${KEY}`
    for (let i = 0; i < 3; i++) expect(await store.get(KEY)).toBeUndefined()
    expect(new Set(server.asked)).toEqual(new Set([`GET ${name}`, LOOK]))
    expect(store.damaged).toBe(1)
    expect(log.error).toHaveBeenCalledTimes(1)

    await store.put(KEY, RESULT)
    await store.put(KEY, RESULT)
    const puts = server.requests.filter(
      ({ method, url }) => method === 'PUT' && url?.startsWith(name),
    )
    expect(puts.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '*'])
  })

  it('can still be deleted', async () => {
    await using server = await startFakeS3(({ method, url }, outgoing) => {
      if (method === 'GET') answerError(outgoing, 503, 'SlowDownRead')
      else outgoing.writeHead(url?.endsWith('none') ? 404 : 200).end()
    })
    const store = openStore(server.endpoint)
    expect(await store.get(KEY)).toBeUndefined()
    expect(await store.has(KEY)).toBeUndefined()
    expect(await store.delete(KEY)).toBe(true)
  })

  it('is not read when its length is wrong: the connection is closed', async () => {
    const closed = Promise.withResolvers<void>()
    await using server = await startFakeS3(({ method, socket }, outgoing) => {
      socket.once('close', () => closed.resolve())
      if (method === 'GET') answerResult(outgoing, { length: 10 ** 12 }).write('one of many')
      else outgoing.writeHead(404).end()
    })
    expect(await openStore(server.endpoint).get(KEY)).toBeUndefined()
    await closed.promise
  })

  it('is a failure, not a miss, when the server is gone by then', async () => {
    await using server = await startFakeS3(({ method }, outgoing) => {
      if (method === 'GET') endEarly(answerResult(outgoing, { length }), BYTES)
      else outgoing.destroy()
    })
    const store = openStore(server.endpoint)
    await causeOf(store.get(KEY))
    expect(store.damaged).toBe(0)
    expect(log.error).not.toHaveBeenCalled()
  })
})

it('an answer to a deletion that names failures is one', async () => {
  const KEPT = `<Error><Key>results-of/k</Key><Code>AccessDenied</Code><Message>kept</Message></Error>`
  await using server = await startFakeS3(({ method }, outgoing) => {
    const list = '<ListBucketResult><Contents><Key>results-of/k</Key></Contents></ListBucketResult>'
    outgoing.end(method === 'GET' ? list : `<DeleteResult>${KEPT}</DeleteResult>`)
  })
  const store = openStore(server.endpoint)
  expect(await causeOf(store.deleteOfSource(RESULT.sourceSha256))).toMatchObject({
    message: '1 objects were not deleted: kept',
  })
})

it('an environment without credentials is a failure like any other', async () => {
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent')
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent')
  const store = openS3Store({
    endpoint: 'http://127.0.0.1:9',
    bucket: 'results',
    region: 'us-east-1',
    timeoutMs: 10_000,
    log,
  })
  expect(await causeOf(store.get(KEY))).toMatchObject({ name: 'CredentialsProviderError' })
})

/** Begins the answer to a GET of the result, with a description that is right. */
function answerResult(outgoing: ServerResponse, { length }: { length: number }): ServerResponse {
  const { bytes, ...result } = RESULT
  const sha256 = sha256Of(bytes.toString('latin1'))
  const metadata = toMetadata({ ...result, length: bytes.length, sha256 })
  for (const [name, value] of Object.entries(metadata)) {
    outgoing.setHeader(`x-amz-meta-${name}`, value)
  }
  return outgoing.writeHead(200, { 'Content-Type': 'image/png', 'Content-Length': length })
}

function endEarly(outgoing: ServerResponse, bytes: Buffer): void {
  outgoing.write(bytes.subarray(0, bytes.length - 1), () => outgoing.socket?.end())
}
