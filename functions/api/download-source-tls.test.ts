import { describe, expect, it, vi } from 'vitest'
import { CERTIFICATE } from './test-certificate.ts'
import { answerPicture, PRIVATE, textOf } from './test-download.ts'
import {
  downloader,
  namesOf,
  problemOf,
  startOrigin,
  startRawOrigin,
  startTlsOrigin,
} from './test-origin.ts'

describe('TLS', () => {
  it('is spoken by the name of the host', async () => {
    await using origin = await startTlsOrigin(answerPicture)
    const names = namesOf({ 'images.example.org': ['127.0.0.1'] })
    const download = downloader(PRIVATE, { ...names, ca: CERTIFICATE })
    const { read } = await download(`https://images.example.org.:${origin.port}/`)
    expect(textOf(read?.body.chunks)).toBe('a picture')
  })

  it.each([
    ['that nobody vouches for', 'images.example.org', undefined, {}],
    [
      'that nobody vouches for, whatever the environment says',
      'images.example.org',
      undefined,
      {
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
      },
    ],
    ['of another host', 'other.example', CERTIFICATE, {}],
    ['of a name, for an address', '127.0.0.1', CERTIFICATE, {}],
  ])('refuses a certificate %s', async (_, host, ca, env: Record<string, string>) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    let requests = 0
    await using origin = await startTlsOrigin((_, response) => {
      requests++
      response.end('a picture')
    })
    const names = namesOf({ 'images.example.org': ['127.0.0.1'], 'other.example': ['127.0.0.1'] })
    const download = downloader(PRIVATE, { ...names, ...(ca && { ca }) })
    const problem = await problemOf(download(`https://${host}:${origin.port}/`))
    vi.unstubAllEnvs()
    expect(problem).toMatchObject({
      code: 'source_unreachable',
      detail: expect.stringContaining('certificate'),
    })
    expect(requests).toBe(0)
  })

  it('that is never spoken meets the deadline and is left', async () => {
    await using origin = await startRawOrigin(() => {})
    const download = downloader({ ...PRIVATE, SOURCE_TIMEOUT_MS: '100' })
    const problem = await problemOf(download(`https://127.0.0.1:${origin.port}/`))
    expect(problem.code).toBe('source_timeout')
    await vi.waitFor(() => expect(origin.open()).toBe(0))
  })

  it('is not plain HTTP', async () => {
    await using origin = await startOrigin(answerPicture)
    const problem = await problemOf(downloader(PRIVATE)(`https://127.0.0.1:${origin.port}/`))
    expect(problem.code).toBe('source_unreachable')
  })
})
