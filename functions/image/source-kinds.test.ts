import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { fixture, pixelDifferences } from './test-picture.ts'
import { findPillows, type Pillow, startPillow } from './test-pillow.ts'
import { pixelsOf } from './test-process.ts'

type Kind = { source: string; files: string[]; here: string }

const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')

const KINDS: Kind[] = readme
  .split('\n## ')
  .filter((section) => section.startsWith('What of a source is seen'))
  .flatMap((section) => section.split('\n'))
  .filter((line) => line.startsWith('|'))
  .slice(2)
  .map((line) => {
    const [, source = '', files = '', , here = ''] = line.split('|').map((cell) => cell.trim())
    return { source, files: [...files.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name), here }
  })

const startingWith = (start: string) => KINDS.filter(({ here }) => here.startsWith(start))

describe('README.md', () => {
  it('says of each kind of source whether it is the same', () => {
    const said = ['the same', 'differs', 'not compared'].flatMap(startingWith)
    expect(said).toHaveLength(KINDS.length)
    expect(KINDS.length).toBeGreaterThan(10)
  })
})

describe.each(findPillows(inject('pillowPythons')))('Pillow $version', ({ python }) => {
  let pillow: Pillow

  beforeAll(() => {
    pillow = startPillow(python)
  })

  afterAll(() => pillow.close())

  async function differences(name: string): Promise<number[]> {
    const both = [true, false].map(async (grayscale) => {
      const theirs = await pillow.pixels(fixture(name), { grayscale, orient: 'apply' })
      return pixelDifferences(await pixelsOf(fixture(name), { grayscale }), theirs)
    })
    return Promise.all(both)
  }

  it.each(startingWith('the same'))('sees the same: $source', async ({ files }) => {
    expect(files).not.toEqual([])
    for (const name of files) expect(await differences(name), name).toEqual([0, 0])
  })

  it.each(startingWith('differs'))('sees something else: $source', async ({ files }) => {
    expect(files).not.toEqual([])
    for (const name of files) {
      for (const count of await differences(name)) expect(count, name).toBeGreaterThan(0)
    }
  })
})
