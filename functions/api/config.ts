import * as z from 'zod'
import { allowedValues, type OptionName, optionsSchema } from '../contract/options.ts'
import { MAX_SIGNED_SECONDS, SIGNING_KEY } from '../contract/signed-url.ts'
import { commonVariables, oneOf, portVariable, wholeNumber } from '../runtime/env-variable.ts'
import { parseTrustedProxies, type TrustedProxies } from './client-address.ts'
import { hintAtOrigins, parseOrigins } from './cross-origin.ts'
import { parseSourceHosts } from './source-hosts.ts'

/** The variable of an option at start-up, spelled in it as in a query string. */
function startOption<Name extends OptionName>(name: Name, byDefault: string) {
  const option: (typeof optionsSchema.shape)[Name] = optionsSchema.shape[name]
  return z
    .string()
    .prefault(byDefault)
    .pipe(option)
    .meta({
      allowed: allowedValues(name),
      description: `option \`${name}\` at start-up`,
      byDefault,
    })
}

function offUnlessTrue(description: string) {
  return z
    .enum(['true', 'false'])
    .prefault('false')
    .transform((text) => text === 'true')
    .meta({ allowed: 'true or false', description, byDefault: 'false' })
}

/**
 * What a text with commas between is read to; an empty one to `none`. Of one that cannot be read, the hint
 * may say more than what is allowed.
 */
function parsed<Value>(
  parse: (text: string) => Value | undefined,
  none: Value,
  hintAt: (text: string) => string | undefined = () => undefined,
) {
  return z
    .string()
    .prefault('')
    .transform((text, context) => {
      const value = text === '' ? none : parse(text)
      if (value !== undefined) return value
      context.addIssue({ code: 'custom', params: { hint: hintAt(text) } })
      return z.NEVER
    })
}

/** The entries of a text with commas between, each of this form. */
function listOf(entry: RegExp) {
  const read = (text: string) => {
    const entries = text.split(',').map((one) => one.trim())
    return { entries, wrong: entries.flatMap((one, i) => (entry.test(one) ? [] : [i + 1])) }
  }
  const parse = (text: string) => {
    const { entries, wrong } = read(text)
    return wrong.length === 0 ? entries : undefined
  }
  // Their places, and never what they are: they may be secrets.
  const hintAt = (text: string) => {
    const { entries, wrong } = read(text)
    return entries.length > 1
      ? `wrong of its ${entries.length} entries: ${wrong.join(', ')}`
      : undefined
  }
  return parsed<string[]>(parse, [], hintAt)
}

/** Where `npm start` runs it. */
const LOCAL_IMAGE_FUNCTION = 'http://127.0.0.1:8081'

const httpUrl = z
  .url({ protocol: /^http$/ })
  .transform((text) => new URL(text))
  // Anything behind the host would be dropped in silence.
  .refine((url) => url.href === `${url.origin}/`)
  .prefault(LOCAL_IMAGE_FUNCTION)
  .meta({
    allowed: 'an http:// URL of a host and a port',
    description: 'where the image function is; on a cluster its full cluster name',
    byDefault: LOCAL_IMAGE_FUNCTION,
  })

/** The variables of the api. A default and its bounds are inclusive. */
export const apiConfigSchema = z.object({
  PORT: portVariable(8080),
  IMAGE_FUNCTION_URL: httpUrl,
  IMAGE_FUNCTION_TIMEOUT_MS: wholeNumber('milliseconds for one answer of the image function', {
    min: 1,
    max: 3_600_000,
    byDefault: 30_000,
  }),
  IMAGE_FUNCTION_CALLS: wholeNumber(
    'calls of the image function at once; more requests are overloaded instead of waiting for ever',
    { min: 1, max: 100_000, byDefault: 64 },
  ),
  MAX_RESULT_BYTES: wholeNumber(
    'bytes of an answer of the image function, at least 4 for each of its MAX_RESULT_PIXELS; stops answers without an end',
    { min: 1, max: 2 ** 40, byDefault: 67_108_864 },
  ),
  QUEUE_BYTES: wholeNumber(
    'bytes of sources and results that all requests may hold at once; more is overloaded, as it would fill the memory, but one request alone always fits',
    { min: 0, max: 2 ** 40, byDefault: 268_435_456 },
  ),
  WAKE_IMAGE_FUNCTION: offUnlessTrue(
    'whether the image function is called for at the start of the process, so that a cluster starts both at once',
  ),
  SCALE: startOption('scale', '1024x768'),
  GRAYSCALE: startOption('grayscale', 'true'),
  FIT: startOption('fit', 'fill'),
  CROP: startOption('crop', 'none'),
  FILTER: startOption('filter', 'lanczos'),
  ORIENT: startOption('orient', 'apply'),
  ALPHA: startOption('alpha', 'drop'),
  ICC: startOption('icc', 'ignore'),
  FORMAT: startOption('format', 'source'),
  QUALITY: startOption('quality', '90'),
  MODE: startOption('mode', 'auto'),
  PILLOW: startOption('pillow', '13'),
  DTYPE: startOption('dtype', 'uint8'),
  LAYOUT: startOption('layout', 'hwc'),
  MEAN: startOption('mean', '0'),
  STD: startOption('std', '1'),
  PRESETS: z.string().prefault('').meta({
    allowed: 'JSON text, such as `{"thumb": {"scale": "128x128"}}`, or the path of a file of it',
    description: 'presets besides the shipped ones, or in the place of one of the same name',
    byDefault: '',
  }),
  SIZE_MARGIN_PERCENT: wholeNumber(
    'how far, in per cent, both sides may be from SCALE for a source to keep its size',
    { min: 0, max: 100, byDefault: 5 },
  ),
  STORE: oneOf(
    'where results are kept: in this process, in a bucket (then the hot ones in this process, too), nowhere',
    ['memory', 's3', 'none'],
    'memory',
  ),
  STORE_MEMORY_BYTES: wholeNumber(
    'bytes of results kept in this process; with STORE=memory and KEEP_SOURCES=true one half is for the sources',
    { min: 0, max: 2 ** 40, byDefault: 268_435_456 },
  ),
  S3_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({
      allowed: 'an http:// or https:// URL',
      description: 'where the bucket is, such as a MinIO; needed with STORE=s3',
      byDefault: '',
    }),
  S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
    .optional()
    .meta({
      allowed: '3 to 63 of a-z, 0-9, . and -',
      description: 'the bucket of the results and sources; needed with STORE=s3',
      byDefault: '',
    }),
  S3_REGION: z.string().prefault('us-east-1').meta({
    allowed: 'the name of a region',
    description: 'the region that requests are signed for',
    byDefault: 'us-east-1',
  }),
  S3_TIMEOUT_MS: wholeNumber(
    'milliseconds for one operation of the bucket, from its first to its last byte',
    {
      min: 1,
      max: 600_000,
      byDefault: 2000,
    },
  ),
  S3_CREATE_BUCKET: offUnlessTrue('whether a missing bucket is made at start-up'),
  KEEP_SOURCES: offUnlessTrue(
    'whether the sources that were processed are kept, too, and answer for their SHA-256',
  ),
  ADMIN_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,}$/)
    .optional()
    .meta({
      allowed: '16 characters or more, none of them a space',
      isSecret: true,
      description: 'the bearer token that may delete results and sources; empty: nobody may',
      byDefault: '',
    }),
  API_KEYS: listOf(/^[\da-f]{64}$/).meta({
    allowed: 'SHA-256 hashes of 64 lower-case hex digits, with commas between',
    // Who writes a key in the place of its hash must not find it in the log.
    isSecret: true,
    description: 'the hashes of the keys that may call; empty: everybody may',
    byDefault: '',
  }),
  URL_SIGNING_KEYS: listOf(SIGNING_KEY).meta({
    allowed: '32 characters or more each, no space or comma among them, with commas between',
    isSecret: true,
    description:
      'the keys that URLs of GET /image are signed with; empty: signatures are not understood',
    byDefault: '',
  }),
  URL_SIGNATURE_MAX_SECONDS: wholeNumber(
    'seconds for which a signed URL may be valid; stops links that last for ever',
    { min: 1, max: MAX_SIGNED_SECONDS, byDefault: 604_800 },
  ),
  RATE_LIMIT: wholeNumber(
    'requests of one key, else one address, in each window; more are rate_limited; 0: no limit',
    { min: 0, max: 1_000_000, byDefault: 0 },
  ),
  RATE_LIMIT_WINDOW_SECONDS: wholeNumber('seconds of a window, which begins with a request', {
    min: 1,
    max: 86_400,
    byDefault: 60,
  }),
  TRUSTED_PROXIES: parsed<TrustedProxies>(parseTrustedProxies, 0).meta({
    allowed: 'how many there are, 0 to 16, or addresses and networks with commas between',
    description:
      'the proxies whose X-Forwarded-For says who the client is; empty: none, whoever connects is it',
    byDefault: '',
  }),
  CORS_ORIGINS: parsed<string[]>(parseOrigins, [], hintAtOrigins).meta({
    allowed: '* for all, or origins such as https://example.org with commas between',
    description: 'the origins whose pages may call from scripts; empty: none',
    byDefault: '',
  }),
  CLIENT_OPTIONS: oneOf(
    'whether a request may bring options of its own',
    ['allow', 'refuse'],
    'allow',
  ),
  MAX_SOURCE_BYTES: wholeNumber('bytes of a source; stops bodies that fill the memory', {
    min: 1,
    max: 2 ** 31,
    byDefault: 33_554_432,
  }),
  MAX_SOURCE_PIXELS: wholeNumber('pixels of a source, by its header; stops decompression bombs', {
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    byDefault: 50_000_000,
  }),
  SOURCE_HOSTS: parsed<string[]>(parseSourceHosts, []).meta({
    allowed: 'hosts with commas between, `*.` before one for all names below it',
    description: 'the hosts that the URL of a source may name; empty: any that is public',
    byDefault: '',
  }),
  SOURCE_ALLOW_PRIVATE: offUnlessTrue(
    'whether a source may be at a loopback or private address; link-local, multicast and the like never',
  ),
  // Half of them is as many as IMAGE_FUNCTION_CALLS: one host may keep all of those busy, and no more is of use.
  SOURCE_DOWNLOADS: wholeNumber(
    'downloads at once, half of them from one host; more are overloaded, as servers that hang would fill the memory',
    { min: 1, max: 100_000, byDefault: 128 },
  ),
  SOURCE_TIMEOUT_MS: wholeNumber(
    'milliseconds for one download: names, redirects, headers and body; stops servers that never end',
    { min: 1, max: 600_000, byDefault: 10_000 },
  ),
  SOURCE_MAX_REDIRECTS: wholeNumber(
    'redirects that a download follows; stops those without an end',
    {
      min: 0,
      max: 20,
      byDefault: 3,
    },
  ),
  ...commonVariables,
})

export type ApiConfig = z.output<typeof apiConfigSchema>
