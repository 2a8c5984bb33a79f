import { describe, expect, it, vi } from 'vitest'
import { connectTo } from '../runtime/test-socket.ts'
import { type Api, PICTURE, startApi } from './test-api.ts'
import { startOrigin } from './test-origin.ts'
import { answering, startPictures } from './test-url-image.ts'

const hanging = () => startOrigin(() => {})

/** An api that finds all names on loopback, and tells which it looked up. */
async function startDownloading(SOURCE_DOWNLOADS: string, env: Record<string, string> = {}) {
  const names: string[] = []
  const resolveName = async (name: string) => {
    names.push(name)
    return ['127.0.0.1']
  }
  const api = await startApi({
    env: { SOURCE_ALLOW_PRIVATE: 'true', SOURCE_DOWNLOADS, ...env },
    downloads: { resolveName },
  })
  return Object.assign(api, { names })
}

const pathOf = (url: string) => `/image?url=${encodeURIComponent(url)}`

const get = (api: Api, url: string, init?: RequestInit) => api.ask(pathOf(url), init)

async function refusalOf(asked: Promise<Response>) {
  const answer = await asked
  const retryAfter = answer.headers.get('Retry-After')
  return { retryAfter, ...((await answer.json()) as { code: string; detail: string }) }
}

describe('SOURCE_DOWNLOADS', () => {
  it('let pipelined GETs of URLs that hang neither fill the memory nor flood a server', async () => {
    await using origin = await hanging()
    await using api = await startDownloading('4')
    const attacker = await connectTo(api.port)
    const urls = Array.from({ length: 200 }, (_, i) => `http://${i}.example:${origin.port}/`)
    const requests = urls.map((url) => `GET ${pathOf(url)} HTTP/1.1\r\nHost: x\r\n\r\n`)
    attacker.write(requests.join(''))
    await vi.waitFor(() => expect(origin.connections()).toBe(4))

    expect(await refusalOf(get(api, `http://other.example:${origin.port}/`))).toMatchObject({
      code: 'overloaded',
      detail: 'The service downloads as many sources at once as it may; try again in a moment.',
      retryAfter: '1',
    })
    expect((await api.post()).status).toBe(200)
    // Nobody is asked for the names of those that are refused, either.
    expect(api.names).toEqual(['0.example', '1.example', '2.example', '3.example'])
    expect(origin.connections()).toBe(4)
    attacker.destroy()
    await vi.waitFor(() => expect(origin.open()).toBe(0))
  })

  it('leave half to all others when the downloads from one host hang', async () => {
    await using origin = await hanging()
    await using pictures = await startPictures()
    await using api = await startDownloading('4')
    const leaving = new AbortController()
    const hangs = (path: string) => get(api, `http://slow.example:${origin.port}/${path}`, leaving)
    const left = Promise.allSettled([hangs('1'), hangs('2')])
    await vi.waitFor(() => expect(origin.connections()).toBe(2))

    expect(await refusalOf(hangs('3'))).toMatchObject({
      code: 'overloaded',
      detail: expect.stringContaining('From this host the service downloads as many'),
      retryAfter: '1',
    })
    const other = await get(api, `http://quick.example:${pictures.port}/`)
    expect(other.status).toBe(200)
    leaving.abort()
    await left
  })

  it('count equal URLs at the same time once, and what is fresh not at all', async () => {
    await using pictures = await startPictures(answering({ 'cache-control': 'max-age=60' }))
    await using api = await startDownloading('1')
    expect((await get(api, `${pictures.url}/known`)).status).toBe(200)

    const may = Promise.withResolvers<void>()
    pictures.answer(async (_, response) => {
      await may.promise
      response.end(PICTURE)
    })
    const equal = [get(api, `${pictures.url}/new`), get(api, `${pictures.url}/new`)]
    await vi.waitFor(() => expect(pictures.requests).toHaveLength(2))
    expect((await refusalOf(get(api, `${pictures.url}/other`))).code).toBe('overloaded')
    expect((await get(api, `${pictures.url}/known`)).status).toBe(200)
    may.resolve()
    for (const answer of await Promise.all(equal)) expect(answer.status).toBe(200)
    expect(pictures.requests).toHaveLength(2)
  })

  it('are free again after a picture, a failure, a deadline and a client that left', async () => {
    await using pictures = await startPictures()
    await using api = await startDownloading('1', { SOURCE_TIMEOUT_MS: '500' })
    const statuses: number[] = []
    const ask = async (path: string) => statuses.push((await get(api, pictures.url + path)).status)
    await ask('/picture')
    pictures.answer((_, response) => response.writeHead(404).end())
    await ask('/gone')
    pictures.answer(() => {})
    await ask('/never')
    const leaving = new AbortController()
    const left = expect(get(api, `${pictures.url}/left`, leaving)).rejects.toThrow('aborted')
    await vi.waitFor(() => expect(pictures.requests).toHaveLength(4))
    leaving.abort()
    await left
    await vi.waitFor(() => expect(pictures.open()).toBe(0))
    pictures.answer(answering())
    await ask('/again')
    expect(statuses).toEqual([200, 502, 504, 200])
  })
})
