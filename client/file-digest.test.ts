import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fileDigest } from './file-digest.ts'
import { FileError } from './file-error.ts'
import { makeTestFolder } from './test-folder.ts'

const never = new AbortController().signal

describe('fileDigest()', () => {
  it.each([0, 9, 1_000_000])('is the SHA-256 of the %i bytes of a file', async (length) => {
    const bytes = Buffer.alloc(length, 'photo.jpg')
    const file = join(await makeTestFolder(), 'photo.jpg')
    await writeFile(file, bytes)
    expect(await fileDigest(file, never)).toBe(createHash('sha256').update(bytes).digest('hex'))
  })

  it('fails for a file that is gone, and for a folder', async () => {
    const folder = await makeTestFolder()
    for (const file of [folder, join(folder, 'gone.jpg')]) {
      await expect(fileDigest(file, never)).rejects.toEqual(
        new FileError('The file cannot be read.'),
      )
    }
  })

  it('rejects with the reason of the signal', async () => {
    const file = join(await makeTestFolder('photo.jpg'), 'photo.jpg')
    const aborted = AbortSignal.abort(new Error('stopped'))
    await expect(fileDigest(file, aborted)).rejects.toThrow('stopped')
  })
})
