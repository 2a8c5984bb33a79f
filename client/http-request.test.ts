import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { httpRequest } from './http-request.ts'
import { startTestService, unusedAddress } from './test-service.ts'

describe('httpRequest()', () => {
  it('posts the parts of a body as one of known length, under the host that is asked for', async () => {
    const url = await startTestService(async (request, response) => {
      const { host, 'content-length': length, 'content-type': type } = request.headers
      response.end(JSON.stringify({ host, length, type, body: await text(request) }))
    })
    const { status, bytes } = await httpRequest(url, {
      method: 'POST',
      headers: { 'Content-Type': 'image/jpeg' },
      host: 'api.example.org',
      body: [Buffer.from('ab'), Buffer.from('cde')],
    })
    expect(status).toBe(200)
    expect(JSON.parse(Buffer.from(bytes).toString())).toEqual({
      host: 'api.example.org',
      length: '5',
      type: 'image/jpeg',
      body: 'abcde',
    })
  })

  it('has an answer that came before the body was read', async () => {
    const url = await startTestService((_, response) => {
      response.writeHead(413).end('too large')
    })
    const body = [Buffer.alloc(64_000_000)]
    const { status, bytes } = await httpRequest(url, { method: 'POST', body })
    expect(status).toBe(413)
    expect(Buffer.from(bytes).toString()).toBe('too large')
  })

  it('joins a header that was sent more than once', async () => {
    const url = await startTestService((_, response) => {
      response.writeHead(200, { 'Server-Timing': ['a;dur=1', 'b;dur=2'] }).end()
    })
    const { headers } = await httpRequest(url, { method: 'GET' })
    expect(headers.get('Server-Timing')).toBe('a;dur=1, b;dur=2')
  })

  it('rejects with what the system says', async () => {
    const asking = httpRequest(await unusedAddress(), { method: 'GET' })
    await expect(asking).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
