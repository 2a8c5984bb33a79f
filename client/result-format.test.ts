import { describe, expect, it } from 'vitest'
import { extensionOf, formatFromContentType, possibleFormats } from './result-format.ts'

describe('formatFromContentType()', () => {
  it.each([
    ['image/jpeg', 'jpeg'],
    ['image/png', 'png'],
    ['image/webp', 'webp'],
    ['application/x-npy', 'npy'],
    ['application/octet-stream', 'raw'],
    ['Image/PNG ; a=b', 'png'],
    ['text/html', undefined],
    ['', undefined],
  ])('takes %o as %s', (contentType, format) => {
    expect(formatFromContentType(contentType)).toBe(format)
  })
})

describe('extensionOf()', () => {
  it('is the usual one of the format', () => {
    expect(possibleFormats().map(extensionOf)).toEqual(['.jpg', '.png', '.webp', '.npy', '.bin'])
  })
})

describe('possibleFormats()', () => {
  it('is any when the service or a preset decides', () => {
    expect(possibleFormats(undefined)).toEqual(['jpeg', 'png', 'webp', 'npy', 'raw'])
    expect(possibleFormats('source')).toEqual(['jpeg', 'png', 'webp', 'npy', 'raw'])
  })

  it('is the one that was asked for', () => {
    expect(possibleFormats('png')).toEqual(['png'])
    expect(possibleFormats('npy')).toEqual(['npy'])
  })
})
