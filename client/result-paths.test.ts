import { link, mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { possibleFormats } from './result-format.ts'
import { planResults } from './result-paths.ts'
import { makeTestFolder } from './test-folder.ts'
import { UsageError } from './usage-error.ts'

const everyFormat = possibleFormats()

describe('planResults() for one file', () => {
  it('goes to the named file, whatever the format', async () => {
    const folder = await makeTestFolder('a.jpg')
    const output = join(folder, 'result')
    const sources = { paths: [join(folder, 'a.jpg')], fromFolder: false }
    const [transfer] = await planResults(sources, output, everyFormat)
    expect(transfer?.resultPath('png')).toBe(output)
  })

  it('makes the folder of the file', async () => {
    const folder = await makeTestFolder('a.jpg')
    const sources = { paths: [join(folder, 'a.jpg')], fromFolder: false }
    await planResults(sources, join(folder, 'x', 'y', 'result.jpg'), everyFormat)
    expect(await readdir(join(folder, 'x'))).toEqual(['y'])
  })

  it('goes into a folder that is there', async () => {
    const folder = await makeTestFolder('a.jpg')
    const output = await makeTestFolder()
    const sources = { paths: [join(folder, 'a.jpg')], fromFolder: false }
    const [transfer] = await planResults(sources, output, everyFormat)
    expect(transfer?.resultPath('png')).toBe(join(output, 'a.png'))
  })

  it('goes into a folder that is named by its slash', async () => {
    const folder = await makeTestFolder('a.jpg')
    const sources = { paths: [join(folder, 'a.jpg')], fromFolder: false }
    const [transfer] = await planResults(sources, `${join(folder, 'new')}/`, everyFormat)
    expect(transfer?.resultPath('png')).toBe(join(folder, 'new', 'a.png'))
  })

  it('refuses to replace the file itself', async () => {
    const folder = await makeTestFolder('a.jpg')
    const file = join(folder, 'a.jpg')
    await expect(
      planResults({ paths: [file], fromFolder: false }, file, everyFormat),
    ).rejects.toEqual(
      new UsageError(
        `${file} is to be sent, and the result of ${file} could replace it; name another output.`,
      ),
    )
  })

  it.each([
    ['symbolic', symlink],
    ['hard', link],
  ])('refuses to replace the file by way of a %s link', async (_, makeLink) => {
    const folder = await makeTestFolder('a.jpg')
    await makeLink(join(folder, 'a.jpg'), join(folder, 'b.jpg'))
    const sources = { paths: [join(folder, 'b.jpg')], fromFolder: false }
    await expect(planResults(sources, join(folder, 'a.jpg'), everyFormat)).rejects.toThrow(
      'name another output',
    )
  })

  it('replaces another file', async () => {
    const folder = await makeTestFolder('a.jpg', 'old.jpg')
    const sources = { paths: [join(folder, 'a.jpg')], fromFolder: false }
    const [transfer] = await planResults(sources, join(folder, 'old.jpg'), everyFormat)
    expect(transfer?.resultPath('jpeg')).toBe(join(folder, 'old.jpg'))
  })

  it.skipIf(process.platform === 'win32')('refuses a device', async () => {
    const folder = await makeTestFolder('a.jpg')
    const sources = { paths: [join(folder, 'a.jpg')], fromFolder: false }
    await expect(planResults(sources, '/dev/null', everyFormat)).rejects.toThrow(
      '/dev/null is neither a file nor a folder.',
    )
  })
})

describe('planResults() for a folder', () => {
  /** The names of the results in a new folder when all come back in one format. */
  async function resultNames(sources: string[], format: 'jpeg' | 'png'): Promise<string[]> {
    const output = join(await makeTestFolder(), 'new')
    const transfers = await planResults({ paths: sources, fromFolder: true }, output, everyFormat)
    return transfers.map(({ resultPath }) => resultPath(format).slice(output.length + 1))
  }

  it('gives the extension that fits the format', async () => {
    expect(await resultNames(['x/a.jpeg', 'x/b.c.png', 'x/d'], 'jpeg')).toEqual([
      'a.jpg',
      'b.c.jpg',
      'd.jpg',
    ])
  })

  it('keeps whole names where the names before the extension are the same', async () => {
    const sources = ['x/a.png', 'x/a.gif', 'x/A.jpg', 'x/b.gif']
    expect(await resultNames(sources, 'png')).toEqual(['a.png', 'a.gif.png', 'A.jpg.png', 'b.png'])
  })

  it('goes into a folder for one image of a folder, too', async () => {
    expect(await resultNames(['x/a.png'], 'png')).toEqual(['a.png'])
  })

  it.each([
    ['x/a.jpg', 'y/a.jpg', 'a.jpg'],
    ['x/a.jpg', 'y/A.JPG', 'A.JPG'],
    ['x/a.jpg', 'x/a.jpg', 'a.jpg'],
  ])('refuses %s and %s, which would meet in one file', async (one, other, name) => {
    const output = await makeTestFolder()
    const planning = planResults({ paths: [one, other], fromFolder: false }, output, everyFormat)
    await expect(planning).rejects.toEqual(
      new UsageError(
        `The results of ${one} and ${other} would both be ${join(output, name)}; ` +
          'send them to different folders.',
      ),
    )
  })

  it('refuses names that meet only with an extension of their own', async () => {
    const sources = { paths: ['a.jpg', 'a.gif', 'a.jpg.png'], fromFolder: false }
    const planning = planResults(sources, await makeTestFolder(), everyFormat)
    await expect(planning).rejects.toThrow('The results of a.jpg and a.jpg.png would both be')
  })

  it('makes no folder for what it refuses', async () => {
    const folder = await makeTestFolder()
    const sources = { paths: ['x/a.jpg', 'y/a.jpg'], fromFolder: false }
    await expect(planResults(sources, join(folder, 'new'), everyFormat)).rejects.toThrow(UsageError)
    expect(await readdir(folder)).toEqual([])
  })

  it('refuses the folder of the images when a result could replace one', async () => {
    const folder = await makeTestFolder('a.gif', 'a.png')
    const paths = [join(folder, 'a.gif'), join(folder, 'a.png')]
    const planning = planResults({ paths, fromFolder: true }, folder, everyFormat)
    await expect(planning).rejects.toThrow(
      `${join(folder, 'a.png')} is to be sent, and the result of ${join(folder, 'a.png')} could`,
    )
  })

  it('takes the folder of the images when the format leaves all of them', async () => {
    const folder = await makeTestFolder('a.jpg')
    const paths = [join(folder, 'a.jpg')]
    const [transfer] = await planResults({ paths, fromFolder: true }, folder, ['png'])
    expect(transfer?.resultPath('png')).toBe(join(folder, 'a.png'))
  })

  it('passes over links that lead nowhere', async () => {
    const folder = await makeTestFolder('a.jpg')
    const output = await makeTestFolder()
    await symlink('nowhere', join(output, 'a.jpg'))
    const paths = [join(folder, 'a.jpg'), join(folder, 'gone.jpg')]
    const transfers = await planResults({ paths, fromFolder: true }, output, everyFormat)
    expect(transfers).toHaveLength(2)
  })

  it('refuses a file as the output', async () => {
    const folder = await makeTestFolder('a.jpg', 'b.jpg', 'file')
    const paths = [join(folder, 'a.jpg'), join(folder, 'b.jpg')]
    const output = join(folder, 'file')
    await expect(planResults({ paths, fromFolder: false }, output, everyFormat)).rejects.toEqual(
      new UsageError(`${output} is a file; name a folder for the results to go into.`),
    )
  })

  it('says why the folder cannot be made', async () => {
    const folder = await makeTestFolder('file')
    await mkdir(join(folder, 'in'))
    const output = join(folder, 'file', 'new')
    const planning = planResults({ paths: ['x/a.jpg'], fromFolder: true }, output, everyFormat)
    await expect(planning).rejects.toEqual(
      new UsageError(`The folder ${output} cannot be used: not a directory.`),
    )
  })
})
