import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { resolvedOptionsFromQuery } from './options-query.ts'
import { PIPELINE_VERSION, resultKey } from './result-key.ts'

const SOURCE = createHash('sha256').update('a picture').digest('hex')
const QUERY =
  'scale=1024x768&grayscale=true&fit=fill&filter=lanczos&orient=apply&alpha=drop&icc=ignore' +
  '&format=jpeg&quality=90&mode=fast'

const keyOf = (query: string, source = SOURCE) => resultKey(source, resolvedOptionsFromQuery(query))
const withOption = (query: string, name: string, text: string) =>
  query.replace(new RegExp(`${name}=[^&]*`), `${name}=${text}`)

describe('resultKey()', () => {
  it('is the SHA-256 of version, source and options, a line each', () => {
    const text = `${PIPELINE_VERSION}\n${SOURCE}\n${QUERY}`
    expect(keyOf(QUERY)).toBe(createHash('sha256').update(text).digest('hex'))
  })

  it('differs for another source', () => {
    expect(keyOf(QUERY, SOURCE.replace(/^./, '0'))).not.toBe(keyOf(QUERY))
  })

  it.each([
    ['scale', '1024x769'],
    ['scale', 'none'],
    ['grayscale', 'false'],
    ['fit', 'cover'],
    ['filter', 'bicubic'],
    ['orient', 'ignore'],
    ['alpha', '%23000000'],
    ['icc', 'convert'],
    ['format', 'webp'],
    ['quality', '91'],
  ])('differs for another %s', (name, text) => {
    expect(keyOf(withOption(QUERY, name, text))).not.toBe(keyOf(QUERY))
  })

  it.each(['png', 'raw'])('does not depend on the quality of %s, which has none', (format) => {
    const query = withOption(QUERY, 'format', format)
    expect(keyOf(withOption(query, 'quality', '10'))).toBe(keyOf(query))
  })

  it('does not depend on fit and filter where the size is kept', () => {
    const query = withOption(QUERY, 'scale', 'none')
    const other = withOption(withOption(query, 'fit', 'cover'), 'filter', 'nearest')
    expect(keyOf(other)).toBe(keyOf(query))
  })
})
