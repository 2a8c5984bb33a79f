import type { OutgoingHttpHeaders } from 'node:http'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import {
  downloader,
  problemOf,
  startOrigin,
  startRawOrigin,
  writeWithoutEnd,
} from './test-origin.ts'

const MAX_BYTES = 100_000
const ENV = { SOURCE_ALLOW_PRIVATE: 'true', MAX_SOURCE_BYTES: String(MAX_BYTES) }
const download = downloader(ENV)

const startBody = (body: Buffer | string, headers: OutgoingHttpHeaders = {}) =>
  startOrigin((_, response) => response.writeHead(200, headers).end(body))

async function problemWith(body: Buffer | string, headers: OutgoingHttpHeaders = {}) {
  await using origin = await startBody(body, headers)
  return await problemOf(download(origin.url))
}

const TOO_LARGE = {
  code: 'payload_too_large',
  detail: 'The source has more than 100000 bytes; send a smaller file.',
}

describe('a body', () => {
  it('of the limit is read, one byte more is not', async () => {
    await using origin = await startBody(Buffer.alloc(MAX_BYTES))
    expect((await download(origin.url)).read?.body.byteLength).toBe(MAX_BYTES)
    expect(await problemWith(Buffer.alloc(MAX_BYTES + 1))).toEqual(TOO_LARGE)
  })

  it('that is announced as too large is not waited for', async () => {
    await using origin = await startOrigin((_, response) => {
      response.writeHead(200, { 'Content-Length': 2 ** 40 }).flushHeaders()
    })
    expect(await problemOf(download(origin.url))).toEqual(TOO_LARGE)
    await vi.waitFor(() => expect(origin.open()).toBe(0))
  })

  it('of endless chunks is left at the limit', async () => {
    let written = 0
    await using origin = await startOrigin((_, response) => {
      const chunk = Buffer.alloc(10_000)
      const more = () => {
        if (response.destroyed) return
        written += chunk.length
        response.write(chunk, more)
      }
      more()
    })
    expect(await problemOf(download(origin.url))).toEqual(TOO_LARGE)
    await vi.waitFor(() => expect(origin.open()).toBe(0))
    expect(written).toBeLessThan(20_000_000)
  })

  it('of chunks of one byte is joined', async () => {
    const text = 'x'.repeat(50_000)
    const chunks = '1\r\nx\r\n'.repeat(text.length)
    await using origin = await startRawOrigin((socket) => {
      socket.end(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`)
    })
    const { read } = await download(origin.url)
    expect(Buffer.concat(read?.body.chunks ?? []).toString()).toBe(text)
    expect(read?.body.chunks).toHaveLength(1)
  })

  it.each([
    ['chunk extensions', '', `1;${'x'.repeat(15_000)}\r\nx\r\n`],
    ['chunks of one byte', '', '1\r\nx\r\n'.repeat(1000)],
    ['the zeros of a chunk size', '', '0'.repeat(10_000)],
    ['zeros inside a compression', 'Content-Encoding: gzip\r\n', '0'.repeat(10_000)],
  ])(
    'that is a flood of bytes around its chunks, %s, is left at MAX_SOURCE_FRAMING_BYTES',
    async (_, header, more) => {
      await using origin = await startRawOrigin((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${header}Transfer-Encoding: chunked\r\n\r\n`)
        writeWithoutEnd(socket, more)
      })
      const large = downloader({ ...ENV, MAX_SOURCE_BYTES: '33554432' })
      expect(await problemOf(large(origin.url))).toEqual({
        code: 'source_unreachable',
        detail:
          'The source could not be fetched. Its server sent more than a megabyte around the source.',
      })
      await vi.waitFor(() => expect(origin.open()).toBe(0))
    },
  )

  it('of small chunks is read whole where there is little around each', async () => {
    const chunks = Buffer.alloc(5_000_000, `fa\r\n${'x'.repeat(250)}\r\n`)
    const whole = chunks.subarray(0, chunks.length - (chunks.length % 256))
    const large = downloader({ ...ENV, MAX_SOURCE_BYTES: '33554432' })
    await using origin = await startRawOrigin((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      socket.end(Buffer.concat([...Array(6).fill(whole), Buffer.from('0\r\n\r\n')]))
    })
    const { read } = await large(origin.url)
    expect(read?.body.byteLength).toBe((6 * whole.length * 250) / 256)
  })

  it('that is empty is source_unreachable', async () => {
    for (const headers of [{}, { 'Content-Length': 0 }, { 'Transfer-Encoding': 'chunked' }]) {
      expect(await problemWith('', headers)).toEqual({
        code: 'source_unreachable',
        detail: 'The source could not be fetched. Its server answered with nothing in the body.',
      })
    }
  })

  it.each([
    ['before its Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc'],
    ['within a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nabc'],
    ['before the last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'],
    ['within its compression', gzipped('Content-Encoding: gzip\r\n', gzipSync('abc'.repeat(99)))],
  ])('that is cut %s is source_unreachable', async (_, answer) => {
    await using origin = await startRawOrigin((socket) => socket.end(answer))
    const problem = await problemOf(download(origin.url))
    expect(problem.code).toBe('source_unreachable')
    expect(problem.detail).toMatch(/closed the connection before|damaged or cut/)
  })

  it('that is cut by a reset is source_unreachable', async () => {
    await using origin = await startRawOrigin((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc', () => {
        socket.resetAndDestroy()
      })
    })
    expect((await problemOf(download(origin.url))).code).toBe('source_unreachable')
  })

  it('longer than its Content-Length ends there', async () => {
    await using origin = await startRawOrigin((socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef')
    })
    const { read } = await download(origin.url)
    expect(Buffer.concat(read?.body.chunks ?? []).toString()).toBe('abc')
  })

  it('of a byte now and then is source_timeout, long before the deadline', async () => {
    await using origin = await startOrigin((_, response) => {
      const drip = setInterval(() => response.write('x'), 20)
      response.once('close', () => clearInterval(drip))
    })
    const slow = downloader(
      { ...ENV, SOURCE_TIMEOUT_MS: '60000' },
      { minSpeed: { bytes: 1000, windowMs: 200 } },
    )
    expect(await problemOf(slow(origin.url))).toEqual({
      code: 'source_timeout',
      detail:
        'The server of the source sent less than 1000 bytes in 200 ms; try again, or send the bytes ' +
        'of the image.',
    })
    await vi.waitFor(() => expect(origin.open()).toBe(0))
  })

  it('that stops in the middle is source_timeout', async () => {
    await using origin = await startOrigin((_, response) => {
      response.writeHead(200, { 'Content-Length': 1000 }).write('abc')
    })
    const hasty = downloader({ ...ENV, SOURCE_TIMEOUT_MS: '100' })
    expect((await problemOf(hasty(origin.url))).code).toBe('source_timeout')
    await vi.waitFor(() => expect(origin.open()).toBe(0))
  })
})

describe('an encoded body', () => {
  const text = 'a picture '.repeat(5000)

  it.each([
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['identity', Buffer.from(text)],
  ])('by %s is decoded', async (encoding, body) => {
    await using origin = await startBody(body, { 'Content-Encoding': encoding })
    const { read } = await download(origin.url)
    expect(Buffer.concat(read?.body.chunks ?? []).toString()).toBe(text)
  })

  it.each([
    ['gzip', gzipSync(Buffer.alloc(50_000_000))],
    ['deflate', deflateSync(Buffer.alloc(50_000_000))],
    ['br', brotliCompressSync(Buffer.alloc(50_000_000))],
  ])('that is a compression bomb, by %s, is left at the limit', async (encoding, bomb) => {
    expect(bomb.length).toBeLessThan(MAX_BYTES)
    expect(await problemWith(bomb, { 'Content-Encoding': encoding })).toEqual(TOO_LARGE)
  })

  it('of gzip members that decode to nothing, without an end, is left at the limit', async () => {
    const member = gzipSync('')
    await using origin = await startOrigin((_, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' })
      const members = Buffer.concat(Array(100).fill(member))
      const more = () => {
        if (!response.destroyed) response.write(members, more)
      }
      more()
    })
    expect(await problemOf(download(origin.url))).toEqual(TOO_LARGE)
    await vi.waitFor(() => expect(origin.open()).toBe(0))
  })

  it.each(['gzip, gzip', 'gzip,br', 'zstd', 'compress', 'aes128gcm', 'constructor', '__proto__'])(
    'by %s is refused',
    async (encoding) => {
      expect(await problemWith(gzipSync(text), { 'Content-Encoding': encoding })).toEqual({
        code: 'source_unreachable',
        detail:
          'The source could not be fetched. Its server answered in an encoding that was not asked for.',
      })
    },
  )

  it.each([
    ['no gzip at all', 'gzip', Buffer.from(text)],
    ['no brotli at all', 'br', Buffer.from(text)],
    ['raw deflate', 'deflate', deflateRawSync(text)],
    ['gzip with a wrong sum', 'gzip', withWrongSum(gzipSync(text))],
    ['gzip that is cut', 'gzip', gzipSync(text).subarray(0, -9)],
  ])('that is %s is source_unreachable', async (_, encoding, body) => {
    const problem = await problemWith(body, { 'Content-Encoding': encoding })
    expect(problem.code).toBe('source_unreachable')
  })
})

function gzipped(header: string, body: Buffer): Buffer {
  const head = `HTTP/1.1 200 OK\r\n${header}Content-Length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), body.subarray(0, body.length / 2)])
}

function withWrongSum(gzip: Buffer): Buffer {
  const changed = Buffer.from(gzip)
  changed.writeUInt32LE(1, changed.length - 8)
  return changed
}
