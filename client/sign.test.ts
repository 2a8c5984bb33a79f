import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { signQuery } from '../functions/contract/signed-url.ts'
import { createSign } from './sign.ts'
import { UsageError } from './usage-error.ts'

const KEY = 'a-key-for-signing-of-32-characters'
const SOURCE = 'https://example.org/a.jpg?b=c&d=%20'

async function runSign(args: string[], urlSigningKey: string | undefined = KEY) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const { signal } = new AbortController()
  const sign = createSign(() => 1_800_000_000_999)
  const code = await sign.run(args, { stdout, stderr, signal, urlSigningKey })
  stdout.end()
  return { code, line: await text(stdout) }
}

describe('sign', () => {
  it('writes the signed URL of the result, valid for an hour', async () => {
    const { code, line } = await runSign([SOURCE])
    const query = `url=${encodeURIComponent(SOURCE)}`
    expect(code).toBe(0)
    expect(line).toBe(`http://localhost:8080/image?${signQuery(query, 1_800_003_600, KEY)}\n`)
    expect(new URL(line.trim()).searchParams.get('url')).toBe(SOURCE)
  })

  it('signs the preset and the options, for as long and for the service that are asked for', async () => {
    const { line } = await runSign([
      ...[SOURCE, '--url', 'https://images.example.org/', '--expires-in', '60'],
      ...['--alpha', '#ffffff', '--preset', 'clip-224'],
    ])
    const query = `url=${encodeURIComponent(SOURCE)}&preset=clip-224&alpha=%23ffffff`
    expect(line).toBe(`https://images.example.org/image?${signQuery(query, 1_800_000_060, KEY)}\n`)
  })

  it.each([
    [[], 'Name one image to sign a URL for'],
    [[SOURCE, SOURCE], 'Name one image to sign a URL for'],
    [['photo.jpg'], 'Name one image to sign a URL for'],
    [['//example.org/photo.jpg'], 'Name one image to sign a URL for'],
    [['ftp://example.org/photo.jpg'], 'Name one image to sign a URL for'],
    [['https://user@example.org/a.jpg'], 'leave out what stands before the @'],
    [['https://:secret@example.org/a.jpg'], 'leave out what stands before the @'],
    [[`https://example.org/${'a'.repeat(16_384)}`], 'name the image by a shorter URL'],
    [[SOURCE, '--expires-in', '315360001'], 'allowed: a whole number from 1 to 315360000'],
    [[SOURCE, '--expires-in', '0'], 'Option expires-in is "0"; allowed: a whole number from 1'],
    [[SOURCE, '--scale', '8'], 'Option scale is "8"'],
    [[SOURCE, '--key', KEY], "Unknown option '--key'."],
  ])('refuses %o', async (args, sentence) => {
    await expect(runSign(args)).rejects.toThrow(sentence)
  })

  it('shows nothing of a password that it refuses', async () => {
    await expect(runSign(['https://:secret@example.org/'])).rejects.not.toThrow('secret')
  })

  it('signs what some service may take: addresses that are private, and ten years', async () => {
    const { code } = await runSign(['http://127.0.0.1/a.jpg', '--expires-in', '315360000'])
    expect(code).toBe(0)
  })

  it.each(['short', KEY.replaceAll('-', ' '), `${KEY},${KEY}`, `${KEY}\n`])(
    'refuses %j as a key, which no service has, and does not show it',
    async (key) => {
      const signing = runSign([SOURCE], key)
      await expect(signing).rejects.toThrow('URL_SIGNING_KEY is no key that a service has')
      await expect(signing).rejects.not.toThrow(key)
    },
  )

  it('asks for a key where there is none', async () => {
    const signing = runSign([SOURCE], '')
    await expect(signing).rejects.toThrow(UsageError)
    await expect(signing).rejects.toThrow('URL_SIGNING_KEY')
  })
})
