import { describe, expect, it } from 'vitest'
import { parseSendArguments } from './send-arguments.ts'
import { UsageError } from './usage-error.ts'

describe('parseSendArguments()', () => {
  it('takes the last positional as the output', () => {
    expect(parseSendArguments(['a.jpg', 'b.jpg', 'out', '--format', 'png'])).toEqual({
      inputs: ['a.jpg', 'b.jpg'],
      output: 'out',
      address: { url: 'http://localhost:8080' },
      jobs: 4,
      byDigest: false,
      requested: { query: 'format=png', options: { format: 'png' } },
    })
  })

  it('puts the preset first in the query, and does not take it for an option', () => {
    const requestedBy = (...flags: string[]) => parseSendArguments(['a', 'b', ...flags]).requested
    expect(requestedBy('--quality', '50', '--preset', 'clip-224')).toEqual({
      query: 'preset=clip-224&quality=50',
      options: { quality: 50 },
    })
    expect(requestedBy('--preset', 'a&b')).toEqual({ query: 'preset=a%26b', options: {} })
    expect(requestedBy()).toEqual({ query: '', options: {} })
  })

  it('takes --by-digest without a value', () => {
    expect(parseSendArguments(['--by-digest', 'a.jpg', 'out']).byDigest).toBe(true)
    expect(() => parseSendArguments(['a', 'b', '--by-digest=yes'])).toThrow(UsageError)
    expect(() => parseSendArguments(['a', 'b', '--by-digest', '--by-digest'])).toThrow(
      'Option by-digest is given more than once; give it once.',
    )
  })

  it('takes --source-url in the place of the inputs', () => {
    const asked = parseSendArguments(['--source-url', 'https://example.org/a.jpg?b=c', 'out.jpg'])
    expect(asked).toMatchObject({
      inputs: [],
      sourceUrl: new URL('https://example.org/a.jpg?b=c'),
      output: 'out.jpg',
    })
  })

  it.each(['a.jpg', '', '//example.org/a.jpg', 'ftp://example.org/a.jpg', 'file:///a.jpg'])(
    'refuses --source-url %j',
    (url) => {
      expect(() => parseSendArguments(['out.jpg', '--source-url', url])).toThrow(
        `Option source-url is ${JSON.stringify(url)}; allowed: an http:// or https:// URL.`,
      )
    },
  )

  it.each([
    ['a.jpg', 'out.jpg'],
    ['out.jpg', '--by-digest'],
  ])('refuses --source-url beside %s %s', (...args) => {
    expect(() =>
      parseSendArguments([...args, '--source-url', 'https://example.org/a.jpg']),
    ).toThrow('With --source-url nothing is sent from here; name only where the result goes')
  })

  it('refuses --source-url without an output', () => {
    expect(() => parseSendArguments(['--source-url', 'https://example.org/a.jpg'])).toThrow(
      'last where the result goes',
    )
  })

  it.each([[], ['a.jpg'], ['a.jpg', '']])('refuses %o, which names no output', (...args) => {
    expect(() => parseSendArguments(args)).toThrow(
      'Name at least one file or folder to send, and last where the result goes.',
    )
  })

  it.each(['1', '100'])('takes --jobs %s', (jobs) => {
    expect(parseSendArguments(['a', 'b', '--jobs', jobs]).jobs).toBe(Number(jobs))
  })

  it.each(['0', '101', '-1', '1.5', '1e1', '', ' 2'])('refuses --jobs %o', (jobs) => {
    expect(() => parseSendArguments(['a', 'b', `--jobs=${jobs}`])).toThrow(
      new UsageError(
        `Option jobs is ${JSON.stringify(jobs)}; allowed: a whole number from 1 to 100.`,
      ),
    )
  })
})
