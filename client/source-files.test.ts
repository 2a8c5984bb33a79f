import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findSourceFiles } from './source-files.ts'
import { makeTestFolder } from './test-folder.ts'
import { UsageError } from './usage-error.ts'

describe('findSourceFiles()', () => {
  it('takes a file whatever its name', async () => {
    const folder = await makeTestFolder('photo')
    const photo = join(folder, 'photo')
    expect(await findSourceFiles([photo])).toEqual({ paths: [photo], fromFolder: false })
  })

  it('takes the images of a folder by their names', async () => {
    const images = ['A.JPG', 'b.jpeg', 'c.Png', 'd.webp', 'e.gif', 'f.tif', 'g.TIFF', 'h.avif']
    const folder = await makeTestFolder(...images, 'notes.txt', 'jpg', '._b.jpeg')
    expect(await findSourceFiles([folder])).toEqual({
      paths: images.map((name) => join(folder, name)),
      fromFolder: true,
    })
  })

  it('takes links to images, and no folders below', async () => {
    const folder = await makeTestFolder('a.jpg')
    await symlink('a.jpg', join(folder, 'link.jpg'))
    await mkdir(join(folder, 'folder.jpg'))
    const { paths } = await findSourceFiles([folder])
    expect(paths).toEqual([join(folder, 'a.jpg'), join(folder, 'link.jpg')])
  })

  it('keeps the order of the inputs', async () => {
    const folder = await makeTestFolder('a.jpg')
    const file = join(await makeTestFolder('0.jpg'), '0.jpg')
    const { paths } = await findSourceFiles([folder, file])
    expect(paths).toEqual([join(folder, 'a.jpg'), file])
  })

  it('refuses an input that is not there', async () => {
    const missing = join(await makeTestFolder(), 'missing.jpg')
    await expect(findSourceFiles([missing])).rejects.toEqual(
      new UsageError(`There is no file or folder ${missing}.`),
    )
  })

  it('refuses a folder without images', async () => {
    const folder = await makeTestFolder('notes.txt')
    await expect(findSourceFiles([folder])).rejects.toThrow(
      `The folder ${folder} holds no images (.jpg .jpeg`,
    )
  })

  it.skipIf(process.platform === 'win32')('refuses a device', async () => {
    await expect(findSourceFiles(['/dev/null'])).rejects.toEqual(
      new UsageError('/dev/null is neither a file nor a folder.'),
    )
  })
})
