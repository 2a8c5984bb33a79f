import { describe, expect, it } from 'vitest'
import { startApi } from './api/test-api.ts'
import { startApp } from './image/test-app.ts'
import { fixture } from './image/test-picture.ts'

const PICTURES = ['png', 'jpeg', 'webp'].flatMap((format) =>
  ['exact', 'fast'].map((mode) => `format=${format}&mode=${mode}`),
)
const TENSORS = ['npy', 'raw'].flatMap((format) =>
  ['uint8', 'float32', 'float16'].flatMap((dtype) =>
    ['hwc', 'chw'].map((layout) => `format=${format}&dtype=${dtype}&layout=${layout}`),
  ),
)

describe('what the image function answers', () => {
  it('is what the api takes for a result, in each format, in gray and in colour', async () => {
    await using image = await startApp()
    await using api = await startApi({ env: { IMAGE_FUNCTION_URL: image.origin } })
    const body = new Uint8Array(fixture('sample.jpg'))
    for (const options of [...PICTURES, ...TENSORS]) {
      for (const grayscale of [true, false]) {
        for (const scale of ['1x1', '33x17']) {
          const query = `${options}&grayscale=${grayscale}&scale=${scale}`
          const answer = await api.ask(`/image?${query}`, { method: 'POST', body })
          expect([query, answer.status]).toEqual([query, 200])
        }
      }
    }
  })
})
