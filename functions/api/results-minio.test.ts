import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  it,
  vi,
} from 'vitest'
import { findMinio, HOW_TO_GET_MINIO } from '../minio-program.ts'
import type { Logger } from '../runtime/logger.ts'
import { parseEnv } from '../runtime/parse-env.ts'
import { serveForTest } from '../runtime/test-server.ts'
import { createApiApp } from './app.ts'
import { apiConfigSchema } from './config.ts'
import { resultName } from './result-object.ts'
import { createResults } from './results.ts'
import { copyObject, objectNames } from './test-bucket.ts'
import { credentialsFor } from './test-credentials.ts'
import { imageAnswer } from './test-image-answer.ts'
import { startImageFunction } from './test-image-function.ts'
import { damageObject, flipped, type Minio, startMinio } from './test-minio.ts'
import { grayPng } from './test-picture.ts'

const isMissing = !findMinio()
if (isMissing) console.warn(`Tests with MinIO are left out; to run them: ${HOW_TO_GET_MINIO}`)

const BUCKET = 'results'
const TOKEN = 'a-token-of-an-administrator'
const quiet: Logger = { info: () => {}, error: () => {} }

describe.skipIf(isMissing && !inject('ci'))('two apis on one bucket', { timeout: 60_000 }, () => {
  let minio: Minio

  beforeAll(async () => {
    minio = await startMinio()
  }, 30_000)

  beforeEach(() => {
    // As in production, where they come from the environment.
    vi.stubEnv('AWS_ACCESS_KEY_ID', minio.credentials.accessKeyId)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', minio.credentials.secretAccessKey)
  })

  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  })

  afterAll(() => minio[Symbol.asyncDispose]())

  /** Until the end of the test, who starts has rights to read alone. */
  async function stubReader(): Promise<void> {
    const env = await credentialsFor(minio, {
      Action: ['s3:GetObject', 's3:ListBucket'],
      Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`],
    })
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  }

  /** An image function that answers each source with its own bytes. */
  const startEcho = () =>
    startImageFunction((response, _, body) => {
      response.writeHead(200, { ...imageAnswer().headers, 'Server-Timing': 'process;dur=5.0' })
      response.end(body)
    })

  async function startApi(imageFunctionUrl: string, log = quiet, env: Record<string, string> = {}) {
    const config = parseEnv(apiConfigSchema, {
      IMAGE_FUNCTION_URL: imageFunctionUrl,
      STORE: 's3',
      S3_ENDPOINT: minio.endpoint,
      S3_BUCKET: BUCKET,
      S3_CREATE_BUCKET: 'true',
      S3_TIMEOUT_MS: '1500',
      ...env,
    })
    const results = await createResults(config, log)
    const server = await serveForTest(createApiApp(config, log, results))
    return {
      results,
      async post(picture: Buffer) {
        const body = new Uint8Array(picture)
        const answer = await fetch(`${server.url}/image`, { method: 'POST', body })
        const bytes = Buffer.from(await answer.arrayBuffer())
        const status = answer.headers.get('Cache-Status')
        return { status, bytes, etag: answer.headers.get('ETag'), code: answer.status }
      },
      async delete(path: string) {
        const headers = { Authorization: `Bearer ${TOKEN}` }
        return (await fetch(`${server.url}${path}`, { method: 'DELETE', headers })).status
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    }
  }

  it('process a picture once, under the name that the ETag shows', async () => {
    await using image = await startEcho()
    await using first = await startApi(image.url)
    await using second = await startApi(image.url)
    const picture = grayPng(401, 300)
    const miss = await first.post(picture)
    expect(miss.status).toBe('image-api; fwd=miss; stored')
    await first.results.drain()
    const hit = await second.post(picture)
    expect(hit).toEqual({ ...miss, status: 'image-api; hit' })
    expect(image.received.map(({ body }) => body.length)).toEqual([picture.length])
    const key = JSON.parse(miss.etag ?? '')
    expect(await objectNames(minio, BUCKET)).toContain(`results/${key.slice(0, 2)}/${key}`)
  })

  it('answer the same without the store, say so, and use it again when it is back', async () => {
    const log = { info: vi.fn(), error: vi.fn() }
    await using image = await startEcho()
    await using first = await startApi(image.url)
    await using second = await startApi(image.url, log)
    const picture = grayPng(402, 300)
    const miss = await first.post(picture)
    await first.results.drain()

    await minio.kill()
    const alone = await second.post(picture)
    expect(alone).toEqual({ ...miss, status: 'image-api; fwd=miss; detail=store-unavailable' })
    for (const width of [410, 411, 412, 413, 414, 415]) {
      const { code, status } = await second.post(grayPng(width, 300))
      expect([code, status]).toEqual([200, 'image-api; fwd=miss; detail=store-unavailable'])
    }
    // Once for reading and once for writing, whatever is asked.
    expect(log.error).toHaveBeenCalledTimes(2)

    await minio.start()
    const back = () => second.post(picture).then(({ status }) => status)
    await expect.poll(back, { timeout: 20_000, interval: 500 }).toBe('image-api; hit')
  })

  it('answer right for a key under which the result of another was copied, and replace it', async () => {
    const log = { info: vi.fn(), error: vi.fn() }
    await using image = await startEcho()
    await using first = await startApi(image.url)
    const [picture, other] = [grayPng(404, 300), grayPng(405, 300)]
    const miss = await first.post(picture)
    const { etag } = await first.post(other)
    await first.results.drain()
    const [key, otherKey] = [miss.etag, etag].map((tag) => JSON.parse(tag ?? ''))
    await copyObject(minio, BUCKET, resultName(otherKey), resultName(key))

    await using second = await startApi(image.url, log)
    expect(await second.post(picture)).toEqual(miss)
    expect(log.error).toHaveBeenCalledExactlyOnceWith(
      { object: resultName(key), err: expect.any(Error) },
      expect.any(String),
    )
    await second.results.drain()
    await using third = await startApi(image.url)
    expect(await third.post(picture)).toEqual({ ...miss, status: 'image-api; hit' })
    expect((await third.post(other)).status).toBe('image-api; hit')
  })

  it('answer what they have while one object cannot be read, and make that one each time', async () => {
    const log = { info: vi.fn(), error: vi.fn() }
    await using image = await startEcho()
    await using first = await startApi(image.url)
    const [broken, whole] = [grayPng(420, 300), grayPng(421, 300)]
    const miss = await first.post(broken)
    await first.post(whole)
    await first.results.drain()
    const name = `${BUCKET}/${resultName(JSON.parse(miss.etag ?? ''))}`
    await damageObject(minio, name, 'xl.meta', flipped(100))

    await using second = await startApi(image.url, log, { STORE_MEMORY_BYTES: '0' })
    const statuses: (string | null)[] = []
    for (let i = 0; i < 8; i++) {
      const { status, ...answer } = await second.post(broken)
      expect({ ...answer, status: miss.status }).toEqual(miss)
      statuses.push(status)
      await second.results.drain()
    }
    // MinIO cannot replace what it cannot read, which the first answer did not know.
    const [atFirst, ...later] = statuses
    expect(atFirst).toBe('image-api; fwd=miss; stored')
    expect(new Set(later)).toEqual(new Set(['image-api; fwd=miss']))
    expect((await second.post(whole)).status).toBe('image-api; hit')
    expect((await second.post(grayPng(422, 300))).status).toBe('image-api; fwd=miss; stored')
    await second.results.drain()
    expect((await second.post(grayPng(422, 300))).status).toBe('image-api; hit')
    expect(log.error).toHaveBeenCalledTimes(1)
  })

  it('answer what a bucket holds that they may only read, and make the rest', async () => {
    const log = { info: vi.fn(), error: vi.fn() }
    await using image = await startEcho()
    await using first = await startApi(image.url)
    const [whole, damaged] = [grayPng(430, 300), grayPng(431, 300)]
    const miss = await first.post(whole)
    const { etag } = await first.post(damaged)
    await first.results.drain()
    const damagedName = resultName(JSON.parse(etag ?? ''))
    await damageObject(minio, `${BUCKET}/${damagedName}`, 'xl.meta', flipped(-5))
    const names = await objectNames(minio, BUCKET)

    await stubReader()
    const env = { STORE_MEMORY_BYTES: '0', KEEP_SOURCES: 'true', ADMIN_TOKEN: TOKEN }
    await using reader = await startApi(image.url, log, env)
    reader.results.prepare()
    const statuses: (string | null)[] = []
    for (let i = 0; i < 8; i++) {
      expect(await reader.post(whole)).toEqual({ ...miss, status: 'image-api; hit' })
      for (const picture of [damaged, grayPng(440 + i, 300)]) {
        const { status, bytes, code } = await reader.post(picture)
        expect([code, bytes.equals(picture)]).toEqual([200, true])
        await reader.results.drain()
        statuses.push(status)
      }
    }
    const [atFirst, ...later] = statuses
    expect(atFirst).toBe('image-api; fwd=miss; stored')
    expect(new Set(later)).toEqual(new Set(['image-api; fwd=miss']))
    expect(await objectNames(minio, BUCKET)).toEqual(names)
    const said = log.error.mock.calls.map(([{ object, err }, text]) => [
      object ?? err.cause.name,
      text,
    ])
    expect(said.sort()).toEqual([
      ['AccessDenied', 'the store fails, writing'],
      ['AccessDenied', 'the store fails, writing sources'],
      [damagedName, expect.stringContaining('damaged')],
    ])
    const key = JSON.parse(miss.etag ?? '')
    expect(await reader.delete(`/results/${key}`)).toBe(503)
    expect(await objectNames(minio, BUCKET)).toEqual(names)
  })

  it('answer what the other has deleted for a minute at most', async () => {
    await using image = await startEcho()
    await using first = await startApi(image.url, quiet, { ADMIN_TOKEN: TOKEN })
    await using second = await startApi(image.url)
    const { etag } = await first.post(grayPng(450, 300))
    await first.results.drain()
    const key = JSON.parse(etag ?? '')
    const now = vi.spyOn(performance, 'now').mockReturnValue(1)
    const ofSecond = async () => Boolean(await second.results.store?.get(key))
    expect(await ofSecond()).toBe(true)
    expect(await first.delete(`/results/${key}`)).toBe(204)
    now.mockReturnValue(60_001)
    expect(await objectNames(minio, BUCKET, resultName(key))).toEqual([])
    expect(await ofSecond()).toBe(true)
    now.mockReturnValue(60_002)
    await expect.poll(ofSecond).toBe(false)
  })

  it('both answer right when they race for one key', async () => {
    await using image = await startEcho()
    await using first = await startApi(image.url)
    await using second = await startApi(image.url)
    const picture = grayPng(403, 300)
    const [one, other] = await Promise.all([first.post(picture), second.post(picture)])
    expect(one.bytes.equals(picture)).toBe(true)
    expect({ ...other, status: '' }).toEqual({ ...one, status: '' })
  })
})
