import { describe, expect, it } from 'vitest'
import { jpegPicture } from '../client/jpeg-picture.ts'
import { createPictures } from '../client/pictures.ts'
import { createDeadline } from './image/deadline.ts'
import { decode, toPixels } from './image/decode.ts'
import { readSourceHeader } from './image/source-header.ts'

async function pixelsOf(source: Buffer) {
  const header = await readSourceHeader(source)
  return toPixels(decode(source, header, 'ignore'), header, createDeadline(30_000))
}

describe('the pictures of the client', () => {
  it.each([
    [1600, 1200],
    [17, 3],
    [1, 1],
  ])('are a JPEG of %ix%i that the image function decodes', async (width, height) => {
    expect(await pixelsOf(jpegPicture({ width, height }))).toMatchObject({ width, height })
  })

  it('have some 0.3 bytes per pixel and most levels', async () => {
    const jpeg = jpegPicture({ width: 800, height: 600 })
    expect(jpeg.length / (800 * 600)).toBeCloseTo(0.3, 1)
    const { data } = await pixelsOf(jpeg)
    expect(new Set(data).size).toBeGreaterThan(200)
  })

  it('differ in their bytes and not in their pixels when they are distinct', async () => {
    const pictures = await createPictures({ size: { width: 64, height: 48 } })
    const [one, other] = [pictures.distinct(), pictures.distinct()].map((parts) =>
      Buffer.concat(parts),
    )
    if (!one || !other) throw new Error('no pictures')
    expect(one.equals(other)).toBe(false)
    expect(await pixelsOf(one)).toEqual(await pixelsOf(other))
  })
})
