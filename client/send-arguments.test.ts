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
