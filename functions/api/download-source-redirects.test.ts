import { afterEach, describe, expect, it, vi } from 'vitest'
import { CERTIFICATE } from './test-certificate.ts'
import { answerPicture, PRIVATE, PUBLIC, startRedirecting, textOf } from './test-download.ts'
import {
  downloader,
  namesOf,
  problemOf,
  reroute,
  startOrigin,
  startTlsOrigin,
} from './test-origin.ts'

afterEach(() => {
  vi.restoreAllMocks()
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
