import { describe, expect, it } from 'vitest'
import { OPTION_NAMES } from '../contract/options.ts'
import { parseEnv } from '../runtime/parse-env.ts'
import { apiConfigSchema } from './config.ts'

const parse = (env: Record<string, string>) => parseEnv(apiConfigSchema, env)

describe('apiConfigSchema', () => {
  it('has the defaults of the contract', () => {
    expect(parse({})).toEqual({
      PORT: 8080,
      IMAGE_FUNCTION_URL: new URL('http://127.0.0.1:8081'),
      IMAGE_FUNCTION_TIMEOUT_MS: 30_000,
      IMAGE_FUNCTION_CALLS: 64,
      MAX_RESULT_BYTES: 67_108_864,
      QUEUE_BYTES: 268_435_456,
      WAKE_IMAGE_FUNCTION: false,
      SCALE: { width: 1024, height: 768 },
      GRAYSCALE: true,
      FIT: 'fill',
      CROP: 'none',
      FILTER: 'lanczos',
      ORIENT: 'apply',
      ALPHA: 'drop',
      ICC: 'ignore',
      FORMAT: 'source',
      QUALITY: 90,
      MODE: 'auto',
      PILLOW: '13',
      DTYPE: 'uint8',
      LAYOUT: 'hwc',
      MEAN: [0],
      STD: [1],
      PRESETS: '',
      SIZE_MARGIN_PERCENT: 5,
      STORE: 'memory',
      STORE_MEMORY_BYTES: 268_435_456,
      S3_REGION: 'us-east-1',
      S3_TIMEOUT_MS: 2000,
      S3_CREATE_BUCKET: false,
      KEEP_SOURCES: false,
      API_KEYS: [],
      URL_SIGNING_KEYS: [],
      URL_SIGNATURE_MAX_SECONDS: 604_800,
      RATE_LIMIT: 0,
      RATE_LIMIT_WINDOW_SECONDS: 60,
      TRUSTED_PROXIES: 0,
      CORS_ORIGINS: [],
      CLIENT_OPTIONS: 'allow',
      MAX_SOURCE_BYTES: 33_554_432,
      MAX_SOURCE_PIXELS: 50_000_000,
      SOURCE_HOSTS: [],
      SOURCE_ALLOW_PRIVATE: false,
      SOURCE_DOWNLOADS: 128,
      SOURCE_TIMEOUT_MS: 10_000,
      SOURCE_MAX_REDIRECTS: 3,
      LISTEN_ADDRESS: '0.0.0.0',
      LOG_LEVEL: 'info',
    })
  })

  it('has every option of the contract, in its order', () => {
    const variables = Object.keys(apiConfigSchema.shape)
    const options = OPTION_NAMES.map((name) => name.toUpperCase())
    expect(variables.filter((name) => options.includes(name))).toEqual(options)
  })

  it('spells the options as the query string does', () => {
    const env = {
      ...{ SCALE: 'none', GRAYSCALE: 'false', ALPHA: '#ffffff', QUALITY: '75' },
      ...{ CROP: 'centre-224x224', PILLOW: '12', MEAN: '0.5,0.4,0.3' },
    }
    expect(parse(env)).toMatchObject({
      SCALE: 'none',
      GRAYSCALE: false,
      ALPHA: '#ffffff',
      QUALITY: 75,
      CROP: { width: 224, height: 224 },
      PILLOW: '12',
      MEAN: [0.5, 0.4, 0.3],
    })
  })

  it.each(['https://image', 'http://image/prefix', 'http://image/?a=b', 'http://u:p@image'])(
    'refuses %s, of which a part would be dropped or not be spoken',
    (url) => {
      expect(() => parse({ IMAGE_FUNCTION_URL: url })).toThrow('IMAGE_FUNCTION_URL is')
    },
  )

  it('reads the hosts of sources as URLs spell them', () => {
    const { SOURCE_HOSTS } = parse({ SOURCE_HOSTS: 'Images.Example.org., *.example.com' })
    expect(SOURCE_HOSTS).toEqual(['images.example.org', '*.example.com'])
    expect(() => parse({ SOURCE_HOSTS: 'https://example.org' })).toThrow(
      'SOURCE_HOSTS is "https://example.org"; allowed: hosts with commas between',
    )
  })

  it('reads hashes and signing keys, and shows none that is wrong', () => {
    const hashes = ['0'.repeat(64), 'a1'.repeat(32)]
    expect(parse({ API_KEYS: hashes.join(', ') }).API_KEYS).toEqual(hashes)
    const keys = ['k'.repeat(32), `${'K'.repeat(31)}/`]
    expect(parse({ URL_SIGNING_KEYS: keys.join() }).URL_SIGNING_KEYS).toEqual(keys)
    for (const name of ['API_KEYS', 'URL_SIGNING_KEYS']) {
      const mistake = () => parse({ [name]: 'the-key-itself' })
      expect(mistake).toThrow(`${name} is of 14 characters; allowed:`)
      expect(mistake).not.toThrow('the-key-itself')
      // A comma too many must not open the door, nor make an empty key one that lets in.
      expect(() => parse({ [name]: ',' })).toThrow(name)
    }
  })

  it('says which of several keys is wrong by its place, never by its characters', () => {
    const key = 'k'.repeat(32)
    for (const [wrong, places] of [
      [`${key},too-short,${key}`, 'is of 75 characters (wrong of its 3 entries: 2); allowed:'],
      [`has space ${key},${key},`, 'is of 76 characters (wrong of its 3 entries: 1, 3); allowed:'],
    ] as const) {
      const mistake = () => parse({ URL_SIGNING_KEYS: wrong })
      expect(mistake).toThrow(`URL_SIGNING_KEYS ${places}`)
      expect(mistake).not.toThrow(/kkk|short|has space/)
    }
  })

  it('reads the origins of pages as browsers send them', () => {
    const origins = ['https://example.org', 'http://localhost:3000']
    expect(parse({ CORS_ORIGINS: origins.join(', ') }).CORS_ORIGINS).toEqual(origins)
    expect(parse({ CORS_ORIGINS: '*' }).CORS_ORIGINS).toEqual(['*'])
    for (const wrong of [
      ...['https://example.org/', 'example.org', 'https://Example.org', 'https://example.org:443'],
      ...['null', '*, https://example.org', 'ftp://example.org'],
    ]) {
      expect(() => parse({ CORS_ORIGINS: wrong })).toThrow('CORS_ORIGINS is')
    }
    expect(() => parse({ CORS_ORIGINS: 'https://app.example.org/' })).toThrow(
      'CORS_ORIGINS is "https://app.example.org/" (an origin has no slash at its end); allowed: * for all,',
    )
  })

  it('names every bad variable with what is allowed', () => {
    expect(() =>
      parse({ SCALE: '1024', IMAGE_FUNCTION_URL: 'image:8081', CLIENT_OPTIONS: 'no' }),
    ).toThrow(
      [
        'IMAGE_FUNCTION_URL is "image:8081"; allowed: an http:// URL of a host and a port.',
        'SCALE is "1024"; allowed: none, or WIDTHxHEIGHT in pixels with sides of 1 to 65535, such as 1024x768.',
        'CLIENT_OPTIONS is "no"; allowed: allow, refuse.',
      ].join('\n'),
    )
  })
})
