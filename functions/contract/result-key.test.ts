import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { resolvedOptionsFromQuery } from './options-query.ts'
import { effectiveQuery, PIPELINE_VERSION, resultKey, resultKeyOf } from './result-key.ts'

const SOURCE = createHash('sha256').update('a picture').digest('hex')
const QUERY =
  'scale=1024x768&grayscale=true&fit=fill&crop=none&filter=lanczos&orient=apply&alpha=drop' +
  '&icc=ignore&format=jpeg&quality=90&mode=exact&pillow=13&dtype=uint8&layout=hwc&mean=0&std=1'
const NPY = withOption(withOption(QUERY, 'format', 'npy'), 'dtype', 'float32')

const keyOf = (query: string, source = SOURCE) => resultKey(source, resolvedOptionsFromQuery(query))

function withOption(query: string, name: string, text: string): string {
  return query.replace(new RegExp(`\\b${name}=[^&]*`), `${name}=${text}`)
}

describe('PIPELINE_VERSION', () => {
  it('is another than that of the pipeline which had no exact mode', () => {
    expect(PIPELINE_VERSION).toBe('2')
  })
})

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
    ['crop', 'centre-224x224'],
    ['filter', 'bicubic'],
    ['orient', 'ignore'],
    ['alpha', '%23000000'],
    ['icc', 'convert'],
    ['format', 'webp'],
    ['quality', '91'],
    ['mode', 'fast'],
    ['pillow', '12'],
  ])('differs for another %s', (name, text) => {
    expect(keyOf(withOption(QUERY, name, text))).not.toBe(keyOf(QUERY))
  })

  it.each([
    ['format', 'raw'],
    ['dtype', 'float16'],
    ['layout', 'chw'],
    ['mean', '0.5'],
    ['std', '0.5'],
  ])('differs for another %s of a tensor', (name, text) => {
    expect(keyOf(withOption(NPY, name, text))).not.toBe(keyOf(NPY))
  })

  it.each([
    ['crop', 'centre-224x224'],
    ['grayscale', 'false'],
    ['orient', 'ignore'],
    ['mode', 'fast'],
  ])('differs for another %s where the size is kept', (name, text) => {
    const kept = withOption(QUERY, 'scale', 'none')
    expect(keyOf(withOption(kept, name, text))).not.toBe(keyOf(kept))
  })

  it.each(['png', 'npy', 'raw'])(
    'does not depend on the quality of %s, which has none',
    (format) => {
      const query = withOption(QUERY, 'format', format)
      expect(keyOf(withOption(query, 'quality', '10'))).toBe(keyOf(query))
    },
  )

  it.each([
    ['mode', 'fast'],
    ['scale', 'none'],
    ['filter', 'nearest'],
  ])('does not depend on the pillow for %s=%s, which has no two passes of it', (name, text) => {
    const query = withOption(QUERY, name, text)
    expect(keyOf(withOption(query, 'pillow', '12'))).toBe(keyOf(query))
  })

  it('does not depend on fit and filter where the size is kept', () => {
    const query = withOption(QUERY, 'scale', 'none')
    const other = withOption(withOption(query, 'fit', 'cover'), 'filter', 'nearest')
    expect(keyOf(other)).toBe(keyOf(query))
  })
})

describe('resultKeyOf()', () => {
  it('makes the same key from what is kept beside a result', () => {
    const kept = effectiveQuery(resolvedOptionsFromQuery(QUERY))
    expect(resultKeyOf(PIPELINE_VERSION, SOURCE, kept)).toBe(keyOf(QUERY))
    expect(resultKeyOf('1', SOURCE, kept)).not.toBe(keyOf(QUERY))
  })
})
