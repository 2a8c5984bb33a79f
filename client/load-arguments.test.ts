import { describe, expect, it } from 'vitest'
import { parseLoadArguments } from './load-arguments.ts'
import { UsageError } from './usage-error.ts'

describe('parseLoadArguments()', () => {
  it('asks for a little when nothing is said', () => {
    expect(parseLoadArguments([])).toEqual({
      address: { url: 'http://localhost:8080' },
      pace: { concurrency: 4 },
      seconds: 10,
      pictures: 'distinct',
      from: { size: { width: 1600, height: 1200 } },
      query: '',
      json: false,
    })
  })

  it('takes all there is', () => {
    const flags = '--url http://a:1 --host b --rate 0.5 --duration 2.5 --pictures equal --size 9x8'
    const options = '--preset clip-224 --quality 50 --json'
    expect(parseLoadArguments([...flags.split(' '), ...options.split(' ')])).toEqual({
      address: { url: 'http://a:1', host: 'b' },
      pace: { rate: 0.5 },
      seconds: 2.5,
      pictures: 'equal',
      from: { size: { width: 9, height: 8 } },
      query: 'preset=clip-224&quality=50',
      json: true,
    })
    expect(parseLoadArguments(['--concurrency', '9', '--picture', 'a.png'])).toMatchObject({
      pace: { concurrency: 9 },
      from: { file: 'a.png' },
    })
  })

  it.each([
    [['--rate', '1', '--concurrency', '1'], 'give one of them.'],
    [['--picture', 'a.jpg', '--size', '8x8'], 'give --picture or --size.'],
    [['photo.jpg'], 'There is nothing to do with photo.jpg; load takes options alone.'],
    [['--rate', '0'], 'Option rate is "0"; allowed: a number from 0.1 to 10000.'],
    [['--rate', '1e3'], 'Option rate is "1e3"'],
    [['--concurrency', '1.5'], 'allowed: a whole number from 1 to 1000.'],
    [['--duration', '-1'], "Option '--duration' argument is ambiguous"],
    [['--pictures', 'same'], 'Option pictures is "same"; allowed: distinct or equal.'],
    [['--size', '8'], 'Option size is "8"; allowed: WIDTHxHEIGHT in pixels'],
    [['--size', '65536x1'], 'Option size is "65536x1"'],
    [['--size', '20000x5001'], 'Option size is "20000x5001"'],
  ])('refuses %o', (args, sentence) => {
    expect(() => parseLoadArguments(args)).toThrow(UsageError)
    expect(() => parseLoadArguments(args)).toThrow(sentence)
  })
})
