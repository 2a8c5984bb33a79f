import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileError } from './file-error.ts'
import { writeResult } from './result-file.ts'
import { makeTestFolder } from './test-folder.ts'

describe('writeResult()', () => {
  it('leaves nothing but the result', async () => {
    const folder = await makeTestFolder('out.jpg')
    await writeResult(join(folder, 'out.jpg'), Buffer.from('result'))
    expect(await readdir(folder)).toEqual(['out.jpg'])
    expect(await readFile(join(folder, 'out.jpg'), 'utf8')).toBe('result')
  })

  it('leaves nothing when it fails, and says why', async () => {
    const folder = await makeTestFolder()
    const path = join(folder, 'out.jpg')
    await mkdir(path)
    await expect(writeResult(path, Buffer.from('result'))).rejects.toEqual(
      new FileError(`The result cannot be written to ${path}: illegal operation on a directory.`),
    )
    expect(await readdir(folder)).toEqual(['out.jpg'])
  })
})
