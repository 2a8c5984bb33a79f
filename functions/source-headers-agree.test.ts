import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSourceHeader as apiHeader } from './api/source-header.ts'
import { orientedSize } from './contract/oriented-size.ts'
import { recogniseFormat } from './contract/source-format.ts'
import { readSourceHeader as imageHeader } from './image/source-header.ts'

const FIXTURES = join(import.meta.dirname, 'image', 'fixtures')

const pictures = readdirSync(FIXTURES)
  .map((name) => ({ name, bytes: readFileSync(join(FIXTURES, name)) }))
  .filter(({ bytes }) => recogniseFormat(bytes))
  // The api does not read the header of a BigTIFF and leaves it to be scaled.
  .filter(({ name }) => name !== 'bigtiff.tif')

describe('the size of a source', () => {
  it.each(pictures)('is the same for the api and the image function: $name', async ({ bytes }) => {
    const format = recogniseFormat(bytes)
    if (!format) throw new Error('not a picture')
    const ours = apiHeader({ chunks: [bytes], byteLength: bytes.length }, format)
    const theirs = await imageHeader(bytes)
    for (const orient of ['apply', 'ignore'] as const) {
      expect(ours && orientedSize(ours, orient)).toEqual(orientedSize(theirs, orient))
    }
  })
})
