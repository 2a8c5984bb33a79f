import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { recogniseFormat } from '../contract/source-format.ts'
import { checkSourcePixels } from '../contract/source-limits.ts'
import { checkStructure } from './check-structure.ts'
import { readSourceHeader } from './source-header.ts'
import { pixelBombs } from './test-bombs.ts'
import { fixture, randomNumbers } from './test-picture.ts'

const pictures = readdirSync(join(import.meta.dirname, 'fixtures'))
  .map((name) => ({ name, bytes: fixture(name), format: recogniseFormat(fixture(name)) }))
  .flatMap(({ format, ...rest }) => (format ? [{ ...rest, format }] : []))

describe('checkStructure()', () => {
  it.each(pictures)('accepts $name', ({ bytes, format }) => {
    expect(() => checkStructure(bytes, format)).not.toThrow()
  })

  it('ends on any bytes', () => {
    const random = randomNumbers(5)
    for (const { bytes, format } of pictures) {
      for (let round = 0; round < 40; round++) {
        const damaged = Buffer.from(bytes.subarray(0, Math.ceil(random() * bytes.length)))
        for (let i = 0; i < 12; i++) damaged[Math.floor(random() * 60)] = random() * 256
        const code = codeOf(() => checkStructure(damaged, format))
        expect([undefined, 'undecodable_image']).toContain(code)
      }
    }
  })
})

describe('a small file whose header says that it is huge', () => {
  it.each(Object.entries(pixelBombs()))(
    'is read, and refused as a %s bomb',
    async (format, bomb) => {
      const startMs = performance.now()
      const header = await readSourceHeader(bomb).catch(codeOfError)
      if (typeof header === 'object') {
        expect(header.format).toBe(format)
        expect(codeOf(() => checkSourcePixels(header, 50_000_000))).toBe('too_many_pixels')
      } else {
        // libheif has a limit of its own.
        expect([format, header]).toEqual(['avif', 'undecodable_image'])
      }
      expect(performance.now() - startMs).toBeLessThan(500)
    },
  )
})

function codeOfError({ code }: { code?: string }) {
  return code
}

function codeOf(act: () => void): unknown {
  try {
    act()
    return undefined
  } catch (error) {
    return (error as { code?: string }).code ?? error
  }
}
