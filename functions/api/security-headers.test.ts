import { describe, expect, it } from 'vitest'
import { connectTo, readToEnd } from '../runtime/test-socket.ts'
import { startApi } from './test-api.ts'

const TOLD = {
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

describe('every answer of the api', () => {
  it('tells a browser to run nothing of it, result or problem', async () => {
    await using api = await startApi()
    const posted = await api.post()
    const path = posted.headers.get('Content-Location') ?? ''
    const etag = { 'If-None-Match': posted.headers.get('ETag') ?? '' }
    const answers = {
      200: posted,
      206: await api.ask(path, { headers: { Range: 'bytes=0-1' } }),
      304: await api.ask(path, { headers: etag }),
      400: await api.ask('/image'),
      401: await api.ask(path, { method: 'DELETE' }),
      404: await api.ask('/nowhere'),
      405: await api.ask('/image', { method: 'PUT' }),
      415: await api.post(new Uint8Array(Buffer.from('<svg onload="alert(1)"/>'))),
    }
    for (const [status, { status: answered, headers }] of Object.entries(answers)) {
      expect(answered).toBe(Number(status))
      expect(Object.fromEntries(headers)).toMatchObject(TOLD)
    }
  })

  it('tells it of probes, too, and of what is not offered there', async () => {
    await using api = await startApi()
    const asked = [api.ask('/livez'), api.ask('/readyz'), api.ask('/livez', { method: 'POST' })]
    const answers = await Promise.all(asked)
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 405])
    for (const { headers } of answers) expect(Object.fromEntries(headers)).toMatchObject(TOLD)
  })

  it.each([
    ['400, no HTTP', 'hello\r\n\r\n'],
    ['400, no Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['400, a Host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'],
    ['417', 'GET / HTTP/1.1\r\nHost: x\r\nExpect: x\r\nConnection: close\r\n\r\n'],
    ['431', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
  ])('tells it of what is no request, too: %s', async (status, text) => {
    await using api = await startApi()
    const socket = await connectTo(api.port)
    const end = readToEnd(socket)
    socket.write(text)
    const answer = await end
    expect(answer).toContain(`HTTP/1.1 ${status.slice(0, 3)}`)
    for (const [name, value] of Object.entries(TOLD))
      expect(answer).toContain(`${name}: ${value}\r\n`)
  })

  it('has its length and no more headers than it needs', async () => {
    await using api = await startApi()
    const { headers } = await api.post()
    expect([...headers.keys()].toSorted()).toEqual(
      [
        ...['cache-status', 'connection', 'content-length', 'content-location', 'content-type'],
        ...['date', 'etag', 'image-geometry', 'image-result', 'image-source', 'keep-alive'],
        ...['server-timing', 'x-request-id', ...Object.keys(TOLD)],
      ].toSorted(),
    )
  })
})
