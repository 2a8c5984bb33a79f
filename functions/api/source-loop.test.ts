import { describe, expect, it } from 'vitest'
import { get, post, startOnLoopback, startPictures } from './test-url-image.ts'

describe('a URL that leads back to the service', () => {
  it.each([
    ['Via', '1.1 image-preprocessing'],
    ['Via', '1.0 fred, 1.1 Image-Preprocessing (x), 1.1 p.example'],
    ['User-Agent', 'image-preprocessing/0.1'],
  ])('is not downloaded for a download: %s: %s', async (name, value) => {
    await using origin = await startPictures()
    await using api = await startOnLoopback()
    const headers = { [name]: value }
    for (const answer of [
      await get(api, origin, '', { headers }),
      await post(api, origin.url, '', headers),
    ]) {
      expect(await answer.json()).toMatchObject({
        code: 'forbidden_source',
        detail: expect.stringContaining('the URL leads back to it'),
      })
    }
    expect(origin.connections()).toBe(0)
  })

  it.each(['1.1 proxy.example', '1.1 image-preprocessing.example, 1.1 other'])(
    'is not what another Via says: %s',
    async (Via) => {
      await using origin = await startPictures()
      await using api = await startOnLoopback()
      expect((await get(api, origin, '', { headers: { Via } })).status).toBe(200)
    },
  )

  it('ends after one turn, also where the way back is a redirect', async () => {
    await using api = await startOnLoopback()
    const itself = `http://127.0.0.1:${api.port}/image`
    await using origin = await startPictures((_, response) => {
      response.writeHead(302, { Location: `${itself}?url=${encodeURIComponent(origin.url)}` }).end()
    })
    expect(await (await get(api, origin)).json()).toMatchObject({
      code: 'source_unreachable',
      detail: expect.stringContaining('answered 403'),
    })
    expect(origin.requests).toHaveLength(1)
    expect((await post(api, `${itself}?url=${encodeURIComponent(itself)}`)).status).toBe(502)
  })
})
