import { describe, expect, it } from 'vitest'
import { flagsToHelp, parseFlags, wrongValue } from './flags.ts'
import { UsageError } from './usage-error.ts'

const flags = {
  url: { description: 'where it is', allowed: 'an address', byDefault: 'http://x' },
  size: { description: 'how large it is', allowed: 'a number' },
}

describe('parseFlags()', () => {
  it('takes flags and positionals in any order', () => {
    expect(parseFlags(['a.jpg', '--size', '1', 'b.jpg', '--url=u'], flags)).toEqual({
      given: { size: '1', url: 'u' },
      positionals: ['a.jpg', 'b.jpg'],
    })
  })

  it('takes a flag that has no value, and what follows as a positional', () => {
    expect(parseFlags(['--all', 'a.jpg'], { all: { description: 'all of it' } })).toEqual({
      given: { all: 'true' },
      positionals: ['a.jpg'],
    })
  })

  it('takes everything behind -- as it is', () => {
    expect(parseFlags(['--', '--size', 'a.jpg'], flags)).toEqual({
      given: {},
      positionals: ['--size', 'a.jpg'],
    })
  })

  it.each([
    [['--sise', '1'], "Unknown option '--sise'."],
    [['-s'], "Unknown option '-s'."],
    [['--size'], "Option '--size <value>' argument missing."],
    [
      ['--size', '--url'],
      "Option '--size' argument is ambiguous. " +
        "Did you forget to specify the option argument for '--size'?",
    ],
    [['--size', '1', '--size', '2'], 'Option size is given more than once; give it once.'],
  ])('refuses %o', (args, sentence) => {
    expect(() => parseFlags(args, flags)).toThrow(new UsageError(sentence))
  })
})

describe('wrongValue()', () => {
  it('says what was given and what is allowed', () => {
    expect(wrongValue('size', 'XL', flags.size).message).toBe(
      'Option size is "XL"; allowed: a number.',
    )
  })
})

describe('flagsToHelp()', () => {
  it('says of a flag without a value what it is for', () => {
    expect(flagsToHelp({ all: { description: 'all of it' } })).toBe('  --all  all of it')
  })

  it('aligns the flags and says what holds without them', () => {
    expect(flagsToHelp(flags)).toBe(
      [
        '  --url   where it is (http://x)',
        '          an address',
        '  --size  how large it is',
        '          a number',
      ].join('\n'),
    )
  })
})
