import { execFile } from 'node:child_process'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { answerPicture, PRIVATE, startRedirecting, textOf } from './test-download.ts'
import { downloader, namesOf, problemOf, reroute, startOrigin } from './test-origin.ts'
import { sha256Of } from './test-result.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

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

  it('keeps no tags that would fill the memory: 512 characters are the most', async () => {
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
