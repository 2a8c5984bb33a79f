import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { findMinio, HOW_TO_GET_MINIO } from '../minio-program.ts'
import { startApi, TOKEN } from './test-api.ts'
import { objectNames, readObject, setLifecycle } from './test-bucket.ts'
import { damageObject, flipped, type Minio, startMinio } from './test-minio.ts'
import { grayPng } from './test-picture.ts'
import { sha256Of } from './test-result.ts'

const isMissing = !findMinio()
if (isMissing) console.warn(`Kept sources are left out; to run it: ${HOW_TO_GET_MINIO}`)

const BUCKET = 'kept'

describe.skipIf(isMissing && !inject('ci'))('sources in MinIO', { timeout: 60_000 }, () => {
  let minio: Minio
  let env: Record<string, string>

  beforeAll(async () => {
    minio = await startMinio()
    // As in production, where they come from the environment.
    vi.stubEnv('AWS_ACCESS_KEY_ID', minio.credentials.accessKeyId)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', minio.credentials.secretAccessKey)
    env = {
      KEEP_SOURCES: 'true',
      STORE: 's3',
      S3_ENDPOINT: minio.endpoint,
      S3_BUCKET: BUCKET,
      S3_CREATE_BUCKET: 'true',
      S3_TIMEOUT_MS: '1500',
    }
  }, 30_000)

  afterAll(async () => {
    vi.unstubAllEnvs()
    await minio?.[Symbol.asyncDispose]()
  })

  const postDigest = (sha256: string): RequestInit => ({
    method: 'POST',
    body: JSON.stringify({ sha256 }),
    headers: { 'Content-Type': 'application/json' },
  })

  it('are processed by their digest in another process, once the first has drained', async () => {
    await using first = await startApi({ env })
    await using second = await startApi({ env })
    const picture = grayPng(401, 300)
    const byBytes = await first.post(new Uint8Array(picture))
    await first.results.drain()
    const answer = await second.ask('/image?scale=64x64', postDigest(sha256Of(picture)))
    expect(answer.status).toBe(200)
    expect(second.calls()).toBe(1)
    const same = await second.ask('/image', postDigest(sha256Of(picture)))
    expect(same.headers.get('ETag')).toBe(byBytes.headers.get('ETag'))
    expect(same.headers.get('Cache-Status')).toBe('image-api; hit')
    expect(second.calls()).toBe(1)
  })

  it('are listed under their digest for a batch job, with type and bytes', async () => {
    await using api = await startApi({ env })
    const picture = grayPng(402, 300)
    await api.post(new Uint8Array(picture))
    await api.results.drain()
    const sha256 = sha256Of(picture)
    const names = await objectNames(minio, BUCKET, 'sources/')
    expect(names).toContain(`sources/${sha256.slice(0, 2)}/${sha256}`)
    for (const name of names) {
      const { type, bytes } = await readObject(minio, BUCKET, name)
      expect([type, name.split('/').at(-1)]).toEqual(['image/png', sha256Of(bytes)])
    }
  })

  it('are let go by the lifecycle rules of README.md, which MinIO takes', async () => {
    const readme = await readFile(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8')
    const [, json = ''] = /```json\n(\{\n {2}"Rules"[^`]*)```/.exec(readme) ?? []
    const rules = await setLifecycle(minio, BUCKET, JSON.parse(json))
    expect(rules).toMatchObject(JSON.parse(json).Rules)
    expect(rules).toHaveLength(2)
  })

  it('are deleted with their results, also after KEEP_SOURCES was turned off', async () => {
    const picture = grayPng(403, 300)
    const sha256 = sha256Of(picture)
    await using keeping = await startApi({ env })
    await keeping.post(new Uint8Array(picture))
    await keeping.results.drain()
    await using api = await startApi({ env: { ...env, KEEP_SOURCES: 'false' } })
    const authorized = { method: 'DELETE', headers: { Authorization: `Bearer ${TOKEN}` } }
    const answer = await api.ask(`/sources/${sha256}`, authorized)
    expect(await answer.json()).toEqual({ deleted: 1, source: true })
    expect((await objectNames(minio, BUCKET)).filter((name) => name.includes(sha256))).toEqual([])
  })

  it('are neither kept nor processed by their digest where KEEP_SOURCES is false', async () => {
    const [kept, other] = [grayPng(406, 300), grayPng(407, 300)]
    await using keeping = await startApi({ env })
    await keeping.post(new Uint8Array(kept))
    await keeping.results.drain()
    await using api = await startApi({ env: { ...env, KEEP_SOURCES: 'false' } })
    const answer = await api.ask('/image', postDigest(sha256Of(kept)))
    expect(await answer.json()).toMatchObject({ code: 'invalid_request' })
    await api.post(new Uint8Array(other))
    await api.results.drain()
    const names = await objectNames(minio, BUCKET, 'sources/')
    expect(names.map((name) => name.split('/').at(-1))).toContain(sha256Of(kept))
    expect(names.map((name) => name.split('/').at(-1))).not.toContain(sha256Of(other))
  })

  it('are unavailable while the store is gone, and uploads are not', async () => {
    await using api = await startApi({ env })
    const picture = grayPng(404, 300)
    await api.post(new Uint8Array(picture))
    await api.results.drain()
    await minio.kill()
    const answer = await api.ask('/image', postDigest(sha256Of(picture)))
    expect(answer.headers.get('Retry-After')).toBe('5')
    expect(await answer.json()).toMatchObject({ code: 'store_unavailable' })
    expect((await api.post(new Uint8Array(grayPng(405, 300)))).status).toBe(200)
    await api.results.drain()
    await minio.start()
    const back = await api.ask('/image', postDigest(sha256Of(picture)))
    expect(back.status).toBe(200)
  })

  it('are asked to go: what MinIO refuses keeps none of the results', async () => {
    const picture = grayPng(403, 300)
    await using api = await startApi({ env })
    const { headers } = await api.post(new Uint8Array(picture))
    await api.results.drain()
    const sha256 = sha256Of(picture)
    const name = `${BUCKET}/sources/${sha256.slice(0, 2)}/${sha256}`
    await damageObject(minio, name, 'xl.meta', flipped(100))

    const authorization = { headers: { Authorization: `Bearer ${TOKEN}` } }
    const refused = await api.ask(`/sources/${sha256}`, { method: 'DELETE', ...authorization })
    expect(refused.status).toBe(503)
    expect(await refused.text()).toContain('whoever runs the store must remove it')
    const result = await api.ask(headers.get('Content-Location') ?? '')
    expect(result.status).toBe(404)
  })
})
