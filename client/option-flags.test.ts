import { describe, expect, it } from 'vitest'
import { OPTION_NAMES } from '../functions/contract/options.ts'
import { optionFlags, optionsFromFlags } from './option-flags.ts'
import { UsageError } from './usage-error.ts'

describe('optionFlags', () => {
  it('has every option of the contract', () => {
    expect(Object.keys(optionFlags)).toEqual(OPTION_NAMES)
  })

  it('says what the contract says', () => {
    expect(optionFlags.grayscale.allowed).toBe('true or false')
  })
})

describe('optionsFromFlags()', () => {
  it('keeps what is given, as query string and as values', () => {
    expect(optionsFromFlags({ alpha: '#ffffff', scale: '800x600', grayscale: 'false' })).toEqual({
      query: 'scale=800x600&grayscale=false&alpha=%23ffffff',
      options: { scale: { width: 800, height: 600 }, grayscale: false, alpha: '#ffffff' },
    })
  })

  it('keeps the numbers for each channel, with their commas escaped', () => {
    expect(optionsFromFlags({ mean: '0.5,0.4,0.3', crop: 'centre-224x224' })).toEqual({
      query: 'crop=centre-224x224&mean=0.5%2C0.4%2C0.3',
      options: { crop: { width: 224, height: 224 }, mean: [0.5, 0.4, 0.3] },
    })
  })

  it('asks for nothing when nothing is given', () => {
    expect(optionsFromFlags({})).toEqual({ query: '', options: {} })
  })

  it.each(['', 'True', 'yes'])('refuses grayscale %o', (grayscale) => {
    expect(() => optionsFromFlags({ grayscale })).toThrow(
      new UsageError(`Option grayscale is ${JSON.stringify(grayscale)}; allowed: true or false.`),
    )
  })
})
