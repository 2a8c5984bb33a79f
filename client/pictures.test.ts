import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createPictures } from './pictures.ts'
import { makeTestFolder } from './test-folder.ts'

const size = { width: 32, height: 16 }

describe('createPictures()', () => {
  it('makes equal ones that are the same in every run', async () => {
    const [a, b] = [await createPictures({ size }), await createPictures({ size })]
    expect(a).toMatchObject({ type: 'image/jpeg', name: 'JPEG 32x16' })
    expect(Buffer.concat(a.equal())).toEqual(Buffer.concat(b.equal()))
    expect(a.bytes).toBe(Buffer.concat(a.equal()).length)
  })

  it('makes distinct ones of which no two are the same, whatever the run', async () => {
    const [a, b] = [await createPictures({ size }), await createPictures({ size })]
    const made = [a, a, a, b, b].map((pictures) =>
      Buffer.concat(pictures.distinct()).toString('hex'),
    )
    expect(new Set(made).size).toBe(5)
  })

  it('refuses a file that is no JPEG and no PNG', async () => {
    const file = join(await makeTestFolder('photo.jpg'), 'photo.jpg')
    await expect(createPictures({ file })).rejects.toThrow('neither a JPEG nor a PNG')
  })

  it('refuses a file that is not there', async () => {
    await expect(createPictures({ file: '/gone.jpg' })).rejects.toThrow(
      '/gone.jpg cannot be read: no such file or directory.',
    )
  })
})
