import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allowedValues, MAX_SIDE, OPTION_NAMES, type Options } from './options.ts'
import { optionsFromQuery, optionsToQuery, resolvedOptionsFromQuery } from './options-query.ts'
import { ProblemError } from './problem.ts'

const side = fc.integer({ min: 1, max: MAX_SIDE })
const sizeOrNone = fc.oneof(fc.constant('none' as const), fc.record({ width: side, height: side }))

/** One or three numbers of four decimals, so that none needs an exponent. */
function perChannel(min: number) {
  const number = fc.integer({ min, max: 10_000 }).map((count) => count / 10_000)
  return fc.oneof(
    fc.array(number, { minLength: 1, maxLength: 1 }),
    fc.array(number, { minLength: 3, maxLength: 3 }),
  )
}

const anyOptions: fc.Arbitrary<Options> = fc.record({
  scale: sizeOrNone,
  grayscale: fc.boolean(),
  fit: fc.constantFrom('fill', 'contain', 'cover', 'inside', 'short-side'),
  crop: sizeOrNone,
  filter: fc.constantFrom('lanczos', 'bicubic', 'bilinear', 'hamming', 'box', 'nearest'),
  orient: fc.constantFrom('apply', 'ignore'),
  alpha: fc.oneof(fc.constant('drop'), fc.stringMatching(/^#[0-9a-f]{6}$/)),
  icc: fc.constantFrom('ignore', 'convert'),
  format: fc.constantFrom('source', 'png', 'jpeg', 'webp', 'npy', 'raw'),
  quality: fc.integer({ min: 1, max: 100 }),
  mode: fc.constantFrom('auto', 'exact', 'fast'),
  pillow: fc.constantFrom('12', '13'),
  dtype: fc.constantFrom('uint8', 'float32', 'float16'),
  layout: fc.constantFrom('hwc', 'chw'),
  mean: perChannel(0),
  std: perChannel(1),
})

const CANONICAL =
  'scale=1024x768&grayscale=true&fit=fill&crop=none&filter=lanczos&orient=apply&alpha=drop' +
  '&icc=ignore&format=jpeg&quality=90&mode=fast&pillow=13&dtype=uint8&layout=hwc&mean=0&std=1'

/** No numbers, numbers with another spelling, numbers out of range, and the wrong count of them. */
const NOT_NUMBERS = [
  ...['', 'x', 'NaN', 'Infinity', '.5', '0.', '00.5', '0,5', '1e-3', '0.0000001'],
  ...['-0.1', '-0', '+0.5', ' 0.5', '0.5 ', '0,0', '0.1,0.2,0.3,0.4', '0.1,0.2,', '0.1, 0.2, 0.3'],
]

function refusal(query: string, parse: (query: string) => unknown = optionsFromQuery): string {
  try {
    parse(query)
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'invalid_request') return error.detail
    throw error
  }
  throw new Error(`${query} was accepted`)
}

describe('optionsToQuery()', () => {
  it('writes every option once, in the order of the schema', () => {
    expect(optionsToQuery(resolvedOptionsFromQuery(CANONICAL))).toBe(CANONICAL)
  })

  it('is undone by optionsFromQuery()', () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        expect(optionsFromQuery(optionsToQuery(options))).toEqual(options)
      }),
    )
  })

  it('does not depend on the order in which the options came', () => {
    const shuffledQuery = anyOptions.chain((options) => {
      const parts = optionsToQuery(options).split('&')
      return fc
        .shuffledSubarray(parts, { minLength: parts.length })
        .map((shuffled) => ({ options, query: shuffled.join('&') }))
    })
    fc.assert(
      fc.property(shuffledQuery, ({ options, query }) => {
        const parsed = optionsFromQuery(query) as Options
        expect(optionsToQuery(parsed)).toBe(optionsToQuery(options))
      }),
    )
  })
})

describe('optionsFromQuery()', () => {
  it('reads the options that are there and no others', () => {
    expect(optionsFromQuery('scale=640x480&grayscale=false')).toEqual({
      scale: { width: 640, height: 480 },
      grayscale: false,
    })
    expect(optionsFromQuery('')).toEqual({})
    expect(optionsFromQuery('alpha=%23ff8000')).toEqual({ alpha: '#ff8000' })
    expect(optionsFromQuery('crop=centre-224x112')).toEqual({ crop: { width: 224, height: 112 } })
  })

  it('reads one number for all channels, or three with commas between', () => {
    expect(optionsFromQuery('mean=0.5')).toEqual({ mean: [0.5] })
    expect(optionsFromQuery('mean=0.485,0.456,0.406')).toEqual({ mean: [0.485, 0.456, 0.406] })
    expect(optionsFromQuery('std=0.229%2C0.224%2C0.225')).toEqual({ std: [0.229, 0.224, 0.225] })
  })

  it.each([
    ['0.50', '0.5'],
    ['1.0', '1'],
    ['0.4850,0.4560,0.4060', '0.485,0.456,0.406'],
    ['0.1234567890123456789', '0.12345678901234568'],
    ['0.000001', '0.000001'],
  ])('takes the std %s, whose canonical spelling is %s', (text, canonical) => {
    const options = {
      ...optionsFromQuery(CANONICAL),
      ...optionsFromQuery(`std=${text}`),
    } as Options
    expect(new URLSearchParams(optionsToQuery(options)).get('std')).toBe(canonical)
    expect(optionsFromQuery(optionsToQuery(options))).toEqual(options)
  })

  it('takes both ends of mean, and of std the upper one', () => {
    expect(optionsFromQuery('mean=0,1,0&std=1')).toEqual({ mean: [0, 1, 0], std: [1] })
    expect(refusal('std=0')).toContain('Option std is "0"')
    expect(refusal('std=0.2,0,0.2')).toContain('Option std is')
  })

  it.each([
    [
      'scale',
      ['1024', '0x5', '5x0', '1024X768', '65536x1', '-1x5', '01x5', '1e3x5', 'None', '5x5x5'],
    ],
    ['grayscale', ['TRUE', '1', 'yes', 'truE']],
    ['fit', ['stretch', 'Fill', 'shortside']],
    [
      'crop',
      ['224x224', 'center-224x224', 'centre-0x5', 'centre-224', 'centre-5x65536', 'None', ''],
    ],
    ['filter', ['lanczos3', 'Hamming', 'bell', '']],
    ['orient', ['true']],
    ['alpha', ['#FFFFFF', 'ffffff', '#fff', 'keep']],
    ['icc', ['yes']],
    ['format', ['jpg', 'gif', 'PNG', 'npz']],
    ['quality', ['0', '101', '090', '9.5', '-1', '']],
    ['mode', ['slow', 'Exact']],
    ['pillow', ['11', '13.0', '14', '']],
    ['dtype', ['float', 'float64', 'int8', 'Float32']],
    ['layout', ['nchw', 'HWC', 'hw']],
    ['mean', [...NOT_NUMBERS, '1.5', '255']],
    ['std', [...NOT_NUMBERS, '0', '0,0,0', '1.1']],
  ] as const)(
    'refuses %s outside its values, naming what came and what is allowed',
    (name, texts) => {
      for (const text of texts) {
        const detail = refusal(new URLSearchParams({ [name]: text }).toString())
        expect(detail).toContain(`Option ${name} is ${JSON.stringify(text)}`)
        expect(detail).toContain(allowedValues(name))
      }
    },
  )

  it('refuses any value that is not spelled as the canonical form spells it', () => {
    const nameAndText = fc.record({ name: fc.constantFrom(...OPTION_NAMES), text: fc.string() })
    fc.assert(
      fc.property(nameAndText, ({ name, text }) => {
        const query = new URLSearchParams({ [name]: text }).toString()
        let parsed: Partial<Options>
        try {
          parsed = optionsFromQuery(query)
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_request' })
          expect((error as ProblemError).detail).toContain(`Option ${name}`)
          return
        }
        const complete = { ...resolvedOptionsFromQuery(CANONICAL), ...parsed }
        const canonical = new URLSearchParams(optionsToQuery(complete)).get(name)
        // Numbers may have zeros at their end; they come to the same spelling all the same.
        if (name === 'mean' || name === 'std') {
          expect(canonical?.split(',').map(Number)).toEqual(text.split(',').map(Number))
        } else expect(canonical).toBe(text)
      }),
    )
  })

  it('refuses an unknown option, naming it and those there are', () => {
    const unknown = fc.string({ minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(unknown, (name) => {
        fc.pre(!(OPTION_NAMES as string[]).includes(name))
        const detail = refusal(new URLSearchParams([[name, 'x']]).toString())
        expect(detail).toContain(`There is no option ${JSON.stringify(name.toWellFormed())}`)
        expect(detail).toContain(OPTION_NAMES.join(', '))
      }),
    )
    expect(refusal('__proto__=x')).toContain('There is no option "__proto__"')
    expect(refusal('Scale=none')).toContain('There is no option "Scale"')
  })

  it('refuses a repeated option', () => {
    expect(refusal('scale=none&scale=none')).toContain('Option scale is given more than once')
  })

  it('shortens a long value in the sentence', () => {
    expect(refusal(`scale=${'9'.repeat(100_000)}`).length).toBeLessThan(300)
  })
})

describe('resolvedOptionsFromQuery()', () => {
  const resolve = resolvedOptionsFromQuery

  it('refuses what is incomplete, naming what is missing', () => {
    expect(refusal('scale=1024x768&grayscale=true', resolve)).toContain('missing: fit, crop')
  })

  it('refuses another order, another spelling, and what is still to be decided', () => {
    const [first, ...rest] = CANONICAL.split('&')
    expect(refusal([...rest, first].join('&'), resolve)).toContain(CANONICAL)
    expect(refusal(CANONICAL.replace('=1024', '=%31024'), resolve)).toContain(CANONICAL)
    expect(refusal(CANONICAL.replace('=jpeg', '=source'), resolve)).toContain('must be decided')
    expect(refusal(CANONICAL.replace('=fast', '=auto'), resolve)).toContain('must be decided')
  })

  it('refuses options that do not fit each other', () => {
    const query = CANONICAL.replace('dtype=uint8', 'dtype=float32')
    expect(refusal(query, resolve)).toContain('dtype=float32 is for format=npy')
  })

  it('takes numbers for a model, in the spelling of the canonical form', () => {
    const tensor = 'dtype=float32&layout=chw&mean=0.5%2C0.4%2C0.3&std=0.2'
    const query = CANONICAL.replace('grayscale=true', 'grayscale=false')
      .replace('format=jpeg', 'format=npy')
      .replace(/dtype=.*/, tensor)
    expect(resolve(query)).toMatchObject({ mean: [0.5, 0.4, 0.3], std: [0.2] })
    expect(refusal(query.replaceAll('%2C', ','), resolve)).toContain('not in canonical form')
  })
})
