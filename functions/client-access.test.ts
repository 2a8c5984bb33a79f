import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { MAX_HEAD_BYTES } from '../client/sign.ts'
import { PICTURE, RESULT, startApi } from './api/test-api.ts'
import { hashOf, KEY, NEW_KEY } from './api/test-keys.ts'
import { startOrigin } from './api/test-origin.ts'
import { SERVER_LIMITS } from './runtime/server-limits.ts'

const SIGNING_KEY = 's'.repeat(32)

const GUARDED = {
  ...{ API_KEYS: hashOf(KEY), URL_SIGNING_KEYS: SIGNING_KEY },
  ...{ SOURCE_ALLOW_PRIVATE: 'true', KEEP_SOURCES: 'true' },
}

/** Said to who has shown none. */
const NO_KEY = 'No key was given; have yours in the variable IMAGE_API_KEY.'

/** The client as a process with this in its environment, and what it said. */
async function runClient(env: Record<string, string>, ...args: string[]) {
  const main = join(import.meta.dirname, '..', 'client', 'main.ts')
  const calling = promisify(execFile)(process.execPath, [main, ...args], { env })
  return await calling.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  )
}

async function makeFolder() {
  const path = await mkdtemp(join(tmpdir(), 'client-access-'))
  await writeFile(join(path, 'photo.png'), PICTURE)
  return {
    at: (name: string) => join(path, name),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  }
}

describe('the client before an api with keys', () => {
  it('shows the key of IMAGE_API_KEY, whichever way it sends', async () => {
    await using folder = await makeFolder()
    await using api = await startApi({ env: GUARDED })
    const send = (env: Record<string, string>, ...more: string[]) =>
      runClient(
        env,
        'send',
        folder.at('photo.png'),
        folder.at('out.jpg'),
        '--url',
        api.url,
        ...more,
      )
    for (const env of [{}, { IMAGE_API_KEY: NEW_KEY }] as { IMAGE_API_KEY?: string }[]) {
      const { code, stderr } = await send(env)
      expect(code).toBe(1)
      expect(stderr).toMatch(/key.*\(request [\w-]+\)\n$/)
      expect(stderr).not.toContain(NEW_KEY)
      expect(stderr.includes(NO_KEY)).toBe(env.IMAGE_API_KEY === undefined)
    }
    expect(await send({ IMAGE_API_KEY: KEY })).toMatchObject({ code: 0, stderr: '' })
    expect(await readFile(folder.at('out.jpg'))).toEqual(RESULT.bytes)
    const { stdout } = await send({ IMAGE_API_KEY: KEY }, '--by-digest')
    expect(stdout).toContain('by digest')
  })

  it('shows it under load, and not in the report', async () => {
    await using api = await startApi({ env: GUARDED })
    const args = ['load', '--url', api.url, '--concurrency', '1', '--duration', '0.1', '--json']
    const { code, stdout } = await runClient({ IMAGE_API_KEY: KEY }, ...args, '--size', '16x16')
    expect(code).toBe(0)
    expect(Object.keys(JSON.parse(stdout).outcomes)).toEqual(['ok'])
    expect(stdout).not.toContain(KEY)
  })

  it('does not start with what cannot be a key', async () => {
    for (const args of [['send', 'a.jpg', 'b.jpg'], ['load'], ['demo']]) {
      const { code, stderr } = await runClient({ IMAGE_API_KEY: 'two words' }, ...args)
      expect(code).toBe(2)
      expect(stderr).toContain('IMAGE_API_KEY has characters that no key has')
      expect(stderr).not.toContain('two words')
    }
  })

  it('signs no URL that is longer than what the api reads before a body', () => {
    expect(MAX_HEAD_BYTES).toBe(SERVER_LIMITS.maxHeaderBytes)
  })

  it('signs a URL that the api answers without a key', async () => {
    await using origin = await startOrigin((_, response) => response.end(PICTURE))
    await using api = await startApi({ env: GUARDED })
    const { stdout } = await runClient(
      { URL_SIGNING_KEY: SIGNING_KEY },
      ...['sign', `${origin.url}/a b.png?c=d&e`, '--url', api.url, '--scale', '64x64'],
    )
    const answer = await fetch(stdout.trim())
    expect(answer.status).toBe(200)
    expect(await answer.bytes()).toEqual(new Uint8Array(RESULT.bytes))
    expect((await fetch(stdout.trim().replace('64x64', '65x65'))).status).toBe(401)
  })
})
