import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, inject, it } from 'vitest'
import { ProblemError } from '../contract/problem.ts'
import { createApp } from './app.ts'
import { createLogger } from './logger.ts'
import { readBody } from './read-body.ts'
import { serveForTest } from './test-server.ts'
import { connectTo, readToEnd, readUntil } from './test-socket.ts'

const BYTES = 3_000_000

function startApp() {
  const app = createApp(createLogger('test', 'silent'))
  app.post('/', async (c) => {
    const { byteLength } = await readBody(c.env.incoming, BYTES)
    return c.text(`${byteLength} bytes`)
  })
  app.post('/locked', () => {
    throw new ProblemError('unauthorized', 'No key.')
  })
  return serveForTest(app)
}

function head(path: string, bytes: number): string {
  return `POST ${path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ${bytes}\r\n\r\n`
}

describe('Expect: 100-continue', () => {
  it('is answered 100 when the body is wanted', async () => {
    await using server = await startApp()
    const socket = await connectTo(server.port)
    socket.write(head('/', 3))
    expect(await readUntil(socket, '\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    const answer = readUntil(socket, '3 bytes')
    socket.write('abc')
    expect(await answer).toContain('HTTP/1.1 200')
    socket.destroy()
  })

  it.each([
    ['for want of a key', '/locked', 3, 401],
    ['for what it announces', '/', BYTES + 1, 413],
  ])('is answered with the refusal alone, at once, %s', async (_, path, bytes, status) => {
    await using server = await startApp()
    const socket = await connectTo(server.port)
    const end = readToEnd(socket)
    socket.write(head(path, bytes))
    const answer = await end
    expect(answer.match(/HTTP\/1.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`])
    expect(answer).toMatch(/connection: close/i)
    expect(answer).toMatch(/content-length: \d/i)
  })

  it('is waited for by nobody who does not say it', async () => {
    await using server = await startApp()
    const socket = await connectTo(server.port)
    socket.write(`${head('/', 3).replace('Expect: 100-continue\r\n', '')}abc`)
    expect(await readUntil(socket, '3 bytes')).toMatch(/^HTTP\/1.1 200/)
    socket.destroy()
  })
})

/** Where CI runs it may not be missing. */
const hasCurl =
  inject('ci') ||
  (await promisify(execFile)('curl', ['--version']).then(
    () => true,
    () => false,
  ))
if (!hasCurl) console.warn('One test needs curl; it is left out.')

describe.skipIf(!hasCurl)('curl with more than a megabyte', () => {
  /** The status that curl was answered, and how many bytes it sent. */
  async function upload(url: string): Promise<string> {
    const args = ['-sS', '-o', '/dev/null', '-w', '%{http_code} %{size_upload}', url]
    const curl = promisify(execFile)('curl', [...args, '--data-binary', '@-'])
    curl.child.stdin?.on('error', () => {}).end(Buffer.alloc(BYTES))
    return (await curl).stdout
  }

  it('sends all of it where it may, and nothing without a key', async () => {
    await using server = await startApp()
    expect(await upload(server.url)).toBe(`200 ${BYTES}`)
    expect(await upload(`${server.url}/locked`)).toBe('401 0')
  })
})
