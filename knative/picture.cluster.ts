import { describe, expect, it } from 'vitest'
import { post, startApp } from '../functions/image/test-app.ts'
import { AS_IT_IS } from '../functions/image/test-process.ts'
import { ask, publicHost } from './test-ask.ts'
import { namespace } from './test-cluster.ts'
import { distinct, photograph } from './test-photograph.ts'

describe('one picture by the public route', () => {
  it('has the pixels that the image function makes of it on this machine', async () => {
    const picture = await photograph({ width: 1600, height: 1200 })
    const answer = await ask(picture, { query: 'format=npy' })
    await using local = await startApp()
    const scale = { width: 1024, height: 768 }
    const options = { ...AS_IT_IS, scale, grayscale: true, format: 'npy' as const }
    const here = await post(local, picture, { options })
    expect(here.status).toBe(200)
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toBe('application/x-npy')
    expect(answer.body.length).toBeGreaterThan(scale.width * scale.height)
    expect(answer.body.equals(Buffer.from(await here.arrayBuffer()))).toBe(true)
  })

  it('is processed once: the second time it is a hit', async () => {
    const picture = distinct(await photograph({ width: 1600, height: 1200 }))
    const first = await ask(picture)
    const second = await ask(picture)
    expect(first.headers['cache-status']).toBe('image-api; fwd=miss; stored')
    expect(second.headers['cache-status']).toBe('image-api; hit')
    expect(second.body.equals(first.body)).toBe(true)
  })
})

describe('the image function', () => {
  it.each([
    ['that of the cluster', `image.${namespace}.svc.cluster.local`],
    ['one like that of the api', publicHost.replace(/^api\./, 'image.')],
  ])('is not there for the public gateway by %s', async (_, host) => {
    const answer = await ask(await photograph({ width: 320, height: 240 }), { host })
    expect(answer.status).toBe(404)
  })
})
