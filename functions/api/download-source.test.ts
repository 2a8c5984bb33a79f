import { execFile } from 'node:child_process'
import type { RequestListener, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CERTIFICATE } from './test-certificate.ts'
import {
  downloader,
  namesOf,
  type Origin,
  problemOf,
  reroute,
  startOrigin,
  startRawOrigin,
  startTlsOrigin,
} from './test-origin.ts'
import { sha256Of } from './test-result.ts'

const PRIVATE = { SOURCE_ALLOW_PRIVATE: 'true' }
const PUBLIC = '93.184.216.34'

afterEach(() => {
  vi.restoreAllMocks()
})

const answerPicture: RequestListener = (_, response) => response.end('a picture')

/** A server that redirects all but `/picture`. */
function startRedirecting(to: string | ((url: string) => string), status = 302): Promise<Origin> {
  return startOrigin((request, response) => {
    if (request.url === '/picture') return response.end('a picture')
    const Location = typeof to === 'string' ? to : to(request.url ?? '')
    return response.writeHead(status, { Location }).end('not a picture')
  })
}

function textOf(chunks: Buffer[] = []): string {
  return Buffer.concat(chunks).toString()
}

describe('a download', () => {
  it('brings the bytes, their digest and what the server says of them', async () => {
    await using origin = await startOrigin((_, response) => {
      response.writeHead(200, { ETag: '"1"', 'Cache-Control': 'max-age=60' }).end('a picture')
    })
    const downloaded = await downloader(PRIVATE)(origin.url)
    expect(textOf(downloaded.read?.body.chunks)).toBe('a picture')
    expect(downloaded).toMatchObject({
      validators: { etag: '"1"' },
      freshness: { freshMs: 60_000 },
      read: {
        body: { byteLength: 9 },
        sha256: sha256Of('a picture'),
      },
    })
  })

  it('sends nothing of anybody, and says who asks', async () => {
    const received: object[] = []
    await using origin = await startOrigin((request, response) => {
      received.push({ ...request.headers, method: request.method })
      response.setHeader('Set-Cookie', 'session=1')
      if (request.url === '/') response.writeHead(302, { Location: '/picture' })
      response.end('a picture')
    })
    await downloader(PRIVATE)(origin.url)
    const headers = {
      method: 'GET',
      host: `127.0.0.1:${origin.port}`,
      accept: 'image/*, */*;q=0.5',
      'accept-encoding': 'identity',
      'user-agent': 'image-preprocessing/0.1',
      via: '1.1 image-preprocessing',
      connection: 'close',
    }
    expect(received).toEqual([headers, headers])
  })

  it('keeps no tag that would fill the memory: 512 characters are the most', async () => {
    const downloaded = async (ETag: string) => {
      await using origin = await startOrigin((_, response) => {
        response.writeHead(200, { ETag, 'Last-Modified': ETag }).end('a picture')
      })
      return (await downloader(PRIVATE)(origin.url)).validators
    }
    const longest = 'x'.repeat(512)
    expect(await downloaded(longest)).toEqual({ etag: longest, lastModified: longest })
    expect(await downloaded(`${longest}x`)).toEqual({})
  })

  it('keeps no connection', async () => {
    await using origin = await startOrigin(answerPicture)
    await downloader(PRIVATE)(origin.url)
    await vi.waitFor(() => expect(origin.open()).toBe(0))
  })

  it('takes no proxy from the environment', async () => {
    await using origin = await startOrigin(answerPicture)
    await using proxy = await startOrigin(answerPicture)
    // Node reads these variables when it starts.
    const program = `
      import { get } from 'node:http'
      import { createDownloadSource } from ${JSON.stringify(join(import.meta.dirname, 'download-source.ts'))}
      import { createHeldBytes } from ${JSON.stringify(join(import.meta.dirname, '../runtime/held-bytes.ts'))}
      const config = {
        SOURCE_HOSTS: [],
        SOURCE_ALLOW_PRIVATE: true,
        SOURCE_TIMEOUT_MS: 5000,
        MAX_SOURCE_BYTES: 1000,
      }
      const url = new URL('${origin.url}')
      const held = createHeldBytes(1000).admit(0)
      const { signal } = new AbortController()
      await createDownloadSource(config, {})(url, undefined, signal, held)
      get(url, (response) => response.resume())`
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      env: { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.url },
    })
    // The second request shows that there is one.
    expect([origin.connections(), proxy.connections()]).toEqual([1, 1])
  })
})

describe('DNS', () => {
  it('is asked once for each hop, and the connection goes to the very address that was judged', async () => {
    await using origin = await startOrigin(answerPicture)
    const dialled = reroute({ [PUBLIC]: origin.port })
    const names = namesOf({ 'rebinding.example': [[PUBLIC], ['127.0.0.1']] })
    const { read } = await downloader({}, names)('http://rebinding.example/')
    expect(textOf(read?.body.chunks)).toBe('a picture')
    expect(dialled).toEqual([PUBLIC])
    expect(names.asked).toEqual(['rebinding.example'])
  })

  it('rebinding between two hops of one name does not reach loopback', async () => {
    await using origin = await startRedirecting('/again')
    await using victim = await startOrigin(answerPicture)
    const dialled = reroute({ [PUBLIC]: origin.port })
    const names = namesOf({ 'rebinding.example': [[PUBLIC], ['127.0.0.1']] })
    const problem = await problemOf(
      downloader({}, names)(`http://rebinding.example:${victim.port}/`),
    )
    expect(problem.code).toBe('forbidden_source')
    expect(dialled).toEqual([PUBLIC])
    expect(victim.connections()).toBe(0)
  })

  it('rebinding between two downloads does not reach loopback', async () => {
    await using origin = await startOrigin(answerPicture)
    await using victim = await startOrigin(answerPicture)
    reroute({ [PUBLIC]: origin.port })
    const names = namesOf({ 'rebinding.example': [[PUBLIC], ['127.0.0.1']] })
    const download = downloader({}, names)
    await download('http://rebinding.example/')
    const again = await problemOf(download(`http://rebinding.example:${victim.port}/`))
    expect(again.code).toBe('forbidden_source')
    expect(victim.connections()).toBe(0)
  })

  it('connects to the first judged address on a real socket, too', async () => {
    await using origin = await startOrigin(answerPicture, '127.0.0.2')
    const names = namesOf({ 'two.example': [['127.0.0.2'], ['127.0.0.3']] })
    await downloader(PRIVATE, names)(`http://two.example:${origin.port}/`)
    expect(origin.connections()).toBe(1)
  })

  it.each([
    ['first', ['127.0.0.1', PUBLIC]],
    ['last', [PUBLIC, '127.0.0.1']],
    ['by IPv6', [PUBLIC, '::1']],
    ['among many', [...Array(100).fill(PUBLIC), '169.254.169.254']],
  ])('with a forbidden address %s is refused altogether', async (_, addresses) => {
    const dialled = reroute({})
    const names = namesOf({ 'mixed.example': addresses })
    const { code } = await problemOf(downloader({}, names)('http://mixed.example/'))
    expect(code).toBe('forbidden_source')
    expect(dialled).toEqual([])
  })

  it('does not say which address it was', async () => {
    const names = namesOf({ 'internal.example': ['10.1.2.3'] })
    const { detail } = await problemOf(downloader({}, names)('http://internal.example/'))
    expect(detail).toBe(
      'The source may not be fetched. Its host has an address that is not a public one.',
    )
  })

  it('without such a name is source_unreachable', async () => {
    expect(await problemOf(downloader({})('http://nowhere.example/'))).toEqual({
      code: 'source_unreachable',
      detail: 'The source could not be fetched. There is no host of this name.',
    })
  })

  it('whose servers cannot be asked is source_unreachable, and it says so', async () => {
    const said = { code: 'ECONNREFUSED', syscall: 'queryA' }
    const resolveName = () => Promise.reject(Object.assign(new Error('no server'), said))
    expect(await problemOf(downloader({}, { resolveName })('http://some.example/'))).toEqual({
      code: 'source_unreachable',
      detail: 'The source could not be fetched. The name of its host could not be looked up.',
    })
  })

  it('that never answers is source_timeout', async () => {
    const resolveName = () => new Promise<never>(() => {})
    const download = downloader({ SOURCE_TIMEOUT_MS: '50' }, { resolveName })
    expect((await problemOf(download('http://slow.example/'))).code).toBe('source_timeout')
  })
})

describe('SOURCE_HOSTS', () => {
  it('is asked again after each redirect', async () => {
    await using origin = await startRedirecting('http://b.example/')
    const env = { ...PRIVATE, SOURCE_HOSTS: 'a.example,*.a.example' }
    const names = namesOf({ 'a.example': ['127.0.0.1'], 'x.a.example': ['127.0.0.1'] })
    const download = downloader(env, names)
    for (const host of ['a.example', 'A.example.', 'x.a.example']) {
      const { read } = await download(`http://${host}:${origin.port}/picture`)
      expect(textOf(read?.body.chunks)).toBe('a picture')
    }
    for (const url of [`http://a.example:${origin.port}/`, 'http://b.example/']) {
      expect((await problemOf(download(url))).code).toBe('forbidden_source')
    }
    expect(names.asked).toEqual(['a.example', 'a.example', 'x.a.example', 'a.example'])
  })
})

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('by %i is followed', async (status) => {
    await using origin = await startRedirecting('/picture', status)
    const { read } = await downloader(PRIVATE)(origin.url)
    expect(textOf(read?.body.chunks)).toBe('a picture')
  })

  it.each([
    [301, 'http://127.0.0.1:PORT/'],
    [302, 'http://localhost:PORT/'],
    [303, 'http://0x7f.1:PORT/'],
    [307, 'http://[::1]:PORT/'],
    [308, 'http://[::ffff:127.0.0.1]:PORT/'],
    [302, '//127.0.0.1:PORT/'],
    [302, '\\\\127.0.0.1:PORT/'],
    [302, 'http:\\\\127.0.0.1:PORT/'],
    [302, 'http://0.0.0.0:PORT/'],
    [302, 'http://2130706433:PORT/'],
    [302, 'http://private.example:PORT/'],
    [302, 'http://mixed.example:PORT/'],
    [302, 'http://user@93.184.216.34:PORT/'],
    [302, 'http://93.184.216.34@127.0.0.1:PORT/'],
    [302, '//user:password@public.example/picture'],
    [302, 'http://169.254.169.254/latest/meta-data/'],
    [302, 'ftp://127.0.0.1:PORT/'],
    [302, 'file:///etc/passwd'],
    [302, 'data:image/png;base64,iVBORw0KGgo='],
    [302, 'gopher://127.0.0.1:PORT/_GET%20/'],
  ])('by %i to %s is refused, and nobody is connected to', async (status, location) => {
    await using victim = await startOrigin(answerPicture, '::')
    const to = location.replace('PORT', String(victim.port))
    await using origin = await startRedirecting(to, status)
    const dialled = reroute({ [PUBLIC]: origin.port })
    const names = namesOf({
      'public.example': [PUBLIC],
      'private.example': ['127.0.0.1'],
      'mixed.example': [PUBLIC, '127.0.0.1'],
    })
    const { code } = await problemOf(downloader({}, names)('http://public.example/'))
    expect(code).toBe('forbidden_source')
    expect(dialled).toEqual([PUBLIC])
    expect(victim.connections()).toBe(0)
  })

  it.each([
    ['http://user:secret@public.example/', 'that has a user or a password in it; send the bytes'],
    ['ftp://public.example/', 'whose scheme is neither http nor https; send the bytes'],
    ['http://other.example/', 'whose host is none that this service may ask'],
  ])('to %s is told from a URL that was sent, and not shown', async (to, said) => {
    await using origin = await startRedirecting(to)
    const env = { ...PRIVATE, SOURCE_HOSTS: '127.0.0.1,public.example' }
    const { code, detail } = await problemOf(downloader(env)(origin.url))
    expect(code).toBe('forbidden_source')
    expect(detail).toContain(`The source may not be fetched. Its server redirects to a URL ${said}`)
    expect(detail).not.toMatch(/example|secret|@/)
    expect((await problemOf(downloader(env)(to))).detail).toMatch(/fetched\. It(s|) (?!server)/)
  })

  it('from https to http is refused', async () => {
    await using plain = await startOrigin(answerPicture)
    await using secure = await startTlsOrigin((_, response) => {
      response.writeHead(302, { Location: `http://images.example.org:${plain.port}/` }).end()
    })
    const names = namesOf({ 'images.example.org': ['127.0.0.1'] })
    const download = downloader(PRIVATE, { ...names, ca: CERTIFICATE })
    expect(await problemOf(download(`https://images.example.org:${secure.port}/`))).toEqual({
      code: 'forbidden_source',
      detail: 'The source may not be fetched. Its server redirects from https to http.',
    })
    expect(plain.connections()).toBe(0)
  })

  it('is followed as often as SOURCE_MAX_REDIRECTS says, and an endless one no further', async () => {
    const hops = (left: number) => (left === 0 ? '/picture' : `/${left - 1}`)
    await using origin = await startRedirecting((url) => hops(Number(url.slice(1))))
    const download = downloader(PRIVATE)
    expect(textOf((await download(`${origin.url}/2`)).read?.body.chunks)).toBe('a picture')
    expect(await problemOf(download(`${origin.url}/3`))).toEqual({
      code: 'source_unreachable',
      detail: 'The source could not be fetched. Its server redirects more than 3 times.',
    })
    await using endless = await startRedirecting('/')
    expect((await problemOf(download(endless.url))).code).toBe('source_unreachable')
    expect(endless.connections()).toBe(4)
    const none = downloader({ ...PRIVATE, SOURCE_MAX_REDIRECTS: '0' })
    expect((await problemOf(none(endless.url))).detail).toContain('redirects more than 0 times')
  })

  it.each([
    ['/é/zażółć', '/%C3%A9/za%C5%BC%C3%B3%C5%82%C4%87'],
    ['/%C3%A9?q=é', '/%C3%A9?q=%C3%A9'],
  ])('to a path in UTF-8 is followed to that path: %s', async (to, path) => {
    const asked: (string | undefined)[] = []
    await using origin = await startOrigin((request, response) => {
      asked.push(request.url?.toUpperCase())
      if (asked.length > 1) return response.end('a picture')
      return response.writeHead(302, { Location: Buffer.from(to).toString('latin1') }).end()
    })
    await downloader(PRIVATE)(origin.url)
    expect(asked).toEqual(['/', path.toUpperCase()])
  })

  it('to a path in Latin-1 is followed byte for byte', async () => {
    const asked: (string | undefined)[] = []
    await using origin = await startOrigin((request, response) => {
      asked.push(request.url)
      if (asked.length > 1) return response.end('a picture')
      return response.writeHead(302, { Location: '/\xe9' }).end()
    })
    await downloader(PRIVATE)(origin.url)
    expect(asked).toEqual(['/', '/%e9'])
  })

  it('to a host in UTF-8 is judged by its name', async () => {
    await using origin = await startRedirecting(
      Buffer.from('http://bücher.example/picture').toString('latin1'),
    )
    const names = namesOf({ 'xn--bcher-kva.example': ['10.0.0.1'] })
    const downloading = downloader(
      { SOURCE_ALLOW_PRIVATE: 'true', SOURCE_HOSTS: '127.0.0.1' },
      names,
    )
    expect((await problemOf(downloading(origin.url))).code).toBe('forbidden_source')
    reroute({ '10.0.0.1': origin.port })
    const { read } = await downloader(PRIVATE, names)(origin.url)
    expect(textOf(read?.body.chunks)).toBe('a picture')
    expect(names.asked).toEqual(['xn--bcher-kva.example'])
  })

  it.each(['http://[', 'https://', 'http://a b/'])('to %j is source_unreachable', async (to) => {
    await using origin = await startRedirecting(to)
    const problem = await problemOf(downloader(PRIVATE)(origin.url))
    expect(problem).toMatchObject({
      code: 'source_unreachable',
      detail: expect.stringContaining('redirects to what is no URL'),
    })
  })

  it('that goes on for ever slowly meets the one deadline', async () => {
    let hop = 0
    await using origin = await startOrigin((_, response) => {
      setTimeout(() => response.writeHead(302, { Location: `/${hop++}` }).end(), 60)
    })
    const env = { ...PRIVATE, SOURCE_TIMEOUT_MS: '150', SOURCE_MAX_REDIRECTS: '20' }
    const problem = await problemOf(downloader(env)(origin.url))
    expect(problem).toEqual({
      code: 'source_timeout',
      detail:
        'The source could not be fetched within 150 ms; try again, or send the bytes of the image.',
    })
    expect(hop).toBeLessThan(4)
  })
})

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
      socket.write(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(100_000)}`)
    })
    expect(await problemOf(downloader(PRIVATE)(origin.url))).toMatchObject({
      detail: expect.stringContaining('more than 16 kB of headers'),
    })
  })

  it('of endless early hints meets the deadline', async () => {
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

describe('a client that leaves', () => {
  it.each([
    ['before the headers', () => {}],
    ['during the body', (response: ServerResponse) => response.write('a part')],
  ])('%s ends the download', async (_, answer) => {
    const arrived = Promise.withResolvers<void>()
    await using origin = await startOrigin((_, response) => {
      answer(response)
      arrived.resolve()
    })
    const client = new AbortController()
    const download = downloader(PRIVATE)(origin.url, client.signal)
    await arrived.promise
    const reason = new Error('the client left')
    client.abort(reason)
    await expect(download).rejects.toBe(reason)
    await vi.waitFor(() => expect(origin.open()).toBe(0))
  })

  it('while its name is looked up connects to nobody', async () => {
    const found = Promise.withResolvers<string[]>()
    await using origin = await startOrigin(answerPicture)
    const dialled = reroute({})
    const client = new AbortController()
    const download = downloader(PRIVATE, { resolveName: () => found.promise })
    const downloading = download(`http://slow.example:${origin.port}/`, client.signal)
    client.abort(new Error('the client left'))
    await expect(downloading).rejects.toThrow('the client left')
    found.resolve(['127.0.0.1'])
    // What waited for the name has gone on by then.
    await new Promise(setImmediate)
    expect(dialled).toEqual([])
    expect(origin.connections()).toBe(0)
  })
})
