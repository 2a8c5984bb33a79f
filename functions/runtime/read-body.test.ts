import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createApp } from './app.ts'
import { createLogger } from './logger.ts'
import type { MinSpeed } from './min-speed.ts'
import { readBody } from './read-body.ts'
import { serveForTest } from './test-server.ts'
import { connectTo, readToEnd, readUntil } from './test-socket.ts'

const MAX_BYTES = 1000

/** An app that answers how many bytes and chunks it was sent. */
function countingApp(onFailure: (error: unknown) => void = () => {}, minSpeed?: MinSpeed) {
  const app = createApp(createLogger('test', 'silent'))
  app.post('/', async (c) => {
    let seenBytes = 0
    const reading = readBody(c.env.incoming, MAX_BYTES, {
      onChunk: (chunk) => {
        seenBytes += chunk.length
      },
      ...(minSpeed && { minSpeed }),
    })
    const body = await reading.catch((error: unknown) => {
      onFailure(error)
      throw error
    })
    const joined = Buffer.concat(body.chunks).length
    return c.json({ byteLength: body.byteLength, joined, seenBytes, pieces: body.chunks.length })
  })
  return app
}

/** Posts with Node's own client, chunked: it sends everything before it looks at the answer. */
function postChunked(url: string, body: Buffer): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST' }, (response) => {
      let text = ''
      response.on('data', (part) => {
        text += part
      })
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    outgoing.once('error', reject)
    for (let at = 0; at < body.length; at += 65_536) outgoing.write(body.subarray(at, at + 65_536))
    outgoing.end()
  })
}

describe('readBody()', () => {
  it('reads exactly the limit, with and without an announced length', async () => {
    await using server = await serveForTest(countingApp())
    const body = Buffer.alloc(MAX_BYTES, 7)
    const expected = { byteLength: MAX_BYTES, joined: MAX_BYTES, seenBytes: MAX_BYTES }

    const announced = await fetch(server.url, { method: 'POST', body })
    expect(await announced.json()).toMatchObject(expected)
    const chunked = await postChunked(server.url, body)
    expect(JSON.parse(chunked.text)).toMatchObject(expected)
  })

  it('refuses one byte more, with and without an announced length', async () => {
    await using server = await serveForTest(countingApp())
    const body = Buffer.alloc(MAX_BYTES + 1, 7)

    const announced = await fetch(server.url, { method: 'POST', body })
    expect(announced.status).toBe(413)
    expect(await announced.json()).toMatchObject({ code: 'payload_too_large' })
    const chunked = await postChunked(server.url, body)
    expect(chunked.status).toBe(413)
    expect(JSON.parse(chunked.text).detail).toContain(`more than ${MAX_BYTES} bytes`)
  })

  it('holds an upload in chunks of one byte in a few pieces', async () => {
    await using server = await serveForTest(countingApp())
    const socket = await connectTo(server.port)
    const answer = readUntil(socket, '"pieces":')
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    socket.write(`${'1\r\nx\r\n'.repeat(900)}0\r\n\r\n`)
    expect(await answer).toContain('"pieces":1')
    socket.destroy()
  })

  it('answers an announced excess before the body comes', async () => {
    await using server = await serveForTest(countingApp())
    const socket = await connectTo(server.port)
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${MAX_BYTES + 1}\r\n\r\n`)
    expect(await readUntil(socket, '"code":"payload_too_large"')).toContain('HTTP/1.1 413')
    socket.destroy()
  })

  it.each(['keep-alive', 'close'])(
    'lets a client read the refusal that sends 20 MB before it reads, with Connection: %s',
    async (connection) => {
      await using server = await serveForTest(countingApp())
      const socket = await connectTo(server.port)
      const bytes = 20_000_000
      const head = `POST / HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\nContent-Length: ${bytes}\r\n\r\n`
      socket.pause()
      await new Promise((sent) =>
        socket.write(Buffer.concat([Buffer.from(head), Buffer.alloc(bytes)]), sent),
      )
      const answer = readUntil(socket, '"code":"payload_too_large"')
      socket.resume()
      expect(await answer).toContain('HTTP/1.1 413')
      socket.destroy()
    },
  )

  it('ends an upload of a byte now and again, which is upload_timeout', async () => {
    const app = countingApp(undefined, { bytes: 100, windowMs: 100 })
    await using server = await serveForTest(app)
    const socket = await connectTo(server.port)
    const answer = readUntil(socket, '"requestId"')
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n')
    const timer = setInterval(() => socket.write('x'), 10)
    expect(await answer).toContain('HTTP/1.1 408')
    clearInterval(timer)
    socket.destroy()
  })

  it('has as much time as it takes for an upload that is fast enough', async () => {
    const app = countingApp(undefined, { bytes: 20, windowMs: 100 })
    await using server = await serveForTest(app)
    const socket = await connectTo(server.port)
    const answer = readUntil(socket, '"seenBytes":1000')
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n')
    const timer = setInterval(() => socket.write('x'.repeat(20)), 10)
    expect(await answer).toContain('HTTP/1.1 200')
    clearInterval(timer)
    socket.destroy()
  })

  it('keeps the connection usable after a refusal', async () => {
    await using server = await serveForTest(countingApp())
    const socket = await connectTo(server.port)
    const head = (length: number) =>
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`
    socket.write(head(MAX_BYTES + 1))
    socket.write(Buffer.alloc(MAX_BYTES + 1))
    await readUntil(socket, '"code":"payload_too_large"')
    const second = readUntil(socket, '"seenBytes":3')
    socket.write(`${head(3)}abc`)
    expect(await second).toContain('HTTP/1.1 200')
    socket.destroy()
  })

  it('says that the client left when it leaves in the middle', async () => {
    const failure = Promise.withResolvers<unknown>()
    await using server = await serveForTest(countingApp(failure.resolve))
    const socket = await connectTo(server.port)
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc')
    socket.end()
    await readToEnd(socket).catch(() => '')
    expect(await failure.promise).toMatchObject({ name: 'ClientGoneError' })
  })
})
