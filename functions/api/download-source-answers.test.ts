import { describe, expect, it, vi } from 'vitest'
import { MAX_SOURCE_HEADER_BYTES } from './source-exchange.ts'
import { answerPicture, PRIVATE, startRedirecting, textOf } from './test-download.ts'
import {
  downloader,
  problemOf,
  startOrigin,
  startRawOrigin,
  writeWithoutEnd,
} from './test-origin.ts'

describe('an answer', () => {
  it.each([201, 203, 204, 206, 304, 400, 401, 403, 404, 410, 429, 500, 503, 599])(
    'of %i is source_unreachable with the status and nothing of the body',
    async (status) => {
      await using origin = await startOrigin((_, response) => {
        response.writeHead(status).end(status === 204 || status === 304 ? '' : 'secrets of a page')
      })
      expect(await problemOf(downloader(PRIVATE)(origin.url))).toEqual({
        code: 'source_unreachable',
        detail: `The source could not be fetched. Its server answered ${status}.`,
      })
    },
  )

  it.each([300, 302, 305, 306])('of %i without a place to go is one, too', async (status) => {
    await using origin = await startOrigin((_, response) => response.writeHead(status).end())
    const problem = await problemOf(downloader(PRIVATE)(origin.url))
    expect(problem.detail).toContain(`answered ${status}.`)
  })

  it.each([300, 305, 306])('of %i with one is not followed', async (status) => {
    await using origin = await startRedirecting('/picture', status)
    const problem = await problemOf(downloader(PRIVATE)(origin.url))
    expect(problem.detail).toContain(`answered ${status}.`)
  })

  it('of nobody is source_unreachable', async () => {
    const gone = await startOrigin(answerPicture)
    await gone[Symbol.asyncDispose]()
    expect(await problemOf(downloader(PRIVATE)(gone.url))).toEqual({
      code: 'source_unreachable',
      detail: 'The source could not be fetched. Its server does not take connections.',
    })
  })

  it.each([
    ['hangs up at once', (send: (text: string) => void) => send('')],
    ['is no HTTP', (send: (text: string) => void) => send('220 mail.example ESMTP\r\n')],
    [
      'switches protocols unasked',
      (send: (text: string) => void) =>
        send('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    ],
    [
      'smuggles a length beside chunks',
      (send: (text: string) => void) =>
        send(
          'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
        ),
    ],
    [
      'has two lengths',
      (send: (text: string) => void) =>
        send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde'),
    ],
    [
      'has a negative length',
      (send: (text: string) => void) => send('HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\nabcd'),
    ],
  ])('that %s is source_unreachable', async (_, answer) => {
    await using origin = await startRawOrigin((socket) => answer((text) => socket.end(text)))
    const { code } = await problemOf(downloader(PRIVATE)(origin.url))
    expect(code).toBe('source_unreachable')
    await vi.waitFor(() => expect(origin.open()).toBe(0))
  })

  it('with huge headers is source_unreachable', async () => {
    await using origin = await startRawOrigin((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(2 * MAX_SOURCE_HEADER_BYTES)}`)
    })
    expect(await problemOf(downloader(PRIVATE)(origin.url))).toMatchObject({
      detail: expect.stringContaining('more than 16 kB of headers'),
    })
  })

  it.each([
    ['small', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000)],
    ['large', `HTTP/1.1 103 Early Hints\r\nLink: ${'x'.repeat(15_000)}\r\n\r\n`],
  ])('of a flood of %s interim answers is left at MAX_SOURCE_HEADER_BYTES', async (_, hints) => {
    await using origin = await startRawOrigin((socket) => writeWithoutEnd(socket, hints))
    expect(await problemOf(downloader(PRIVATE)(origin.url))).toEqual({
      code: 'source_unreachable',
      detail:
        'The source could not be fetched. Its server answered with more than 16 kB of headers.',
    })
    await vi.waitFor(() => expect(origin.open()).toBe(0))
  })

  it('after a few interim answers is read', async () => {
    const hint = `HTTP/1.1 103 Early Hints\r\nLink: ${'x'.repeat(1000)}\r\n\r\n`
    await using origin = await startRawOrigin((socket) => {
      socket.end(`${hint.repeat(10)}HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na picture`)
    })
    const { read } = await downloader(PRIVATE)(origin.url)
    expect(textOf(read?.body.chunks)).toBe('a picture')
  })

  it('of endless early hints, one now and then, meets the deadline', async () => {
    await using origin = await startRawOrigin((socket) => {
      const hints = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 5)
      socket.once('close', () => clearInterval(hints))
    })
    const download = downloader({ ...PRIVATE, SOURCE_TIMEOUT_MS: '100' })
    expect((await problemOf(download(origin.url))).code).toBe('source_timeout')
  })

  it('whose headers never come, or never end, meets the deadline and is left', async () => {
    for (const start of ['', 'HTTP/1.1 200 OK\r\nX-Slow: ']) {
      await using origin = await startRawOrigin((socket) => {
        const drip = setInterval(() => socket.write(start && 'x'), 5)
        socket.write(start)
        socket.once('close', () => clearInterval(drip))
      })
      const download = downloader({ ...PRIVATE, SOURCE_TIMEOUT_MS: '100' })
      expect((await problemOf(download(origin.url))).code).toBe('source_timeout')
      await vi.waitFor(() => expect(origin.open()).toBe(0))
    }
  })
})
