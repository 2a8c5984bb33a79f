import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, inject, it } from 'vitest'
import { PICTURE, RESULT, startApi } from './api/test-api.ts'
import { imageAnswer } from './api/test-image-answer.ts'
import { startOrigin } from './api/test-origin.ts'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** What a shell is told to do in the section, in its order. */
const blocks = [
  ...(readme.split('\n## Who may call\n')[1]?.split('\n## ')[0] ?? '').matchAll(
    /```sh\n([^`]+)```/g,
  ),
].map(([, block = '']) => block)

const SOURCE = 'https://example.org/photo.jpg'

/** A folder with the commands of the README, which mean these servers there. */
function createShell() {
  const folder = mkdtempSync(join(tmpdir(), 'readme-access-'))
  return {
    result: () => readFileSync(join(folder, 'out.jpg')),
    /** Runs them to the first that fails, and resolves with what they wrote. */
    async run(block: string, { api = '', origin = '' } = {}) {
      const here = block
        .replaceAll('http://localhost:8080', api)
        .replaceAll('npm run --silent client --', `'${process.execPath}' client/main.ts`)
        .replaceAll('npm run client --', `'${process.execPath}' client/main.ts`)
        .replaceAll('client/main.ts sign', `client/main.ts sign --url ${api}`)
        .replaceAll('client/main.ts send', `client/main.ts send --url ${api}`)
        .replaceAll('client/main.ts', join(root, 'client', 'main.ts'))
        .replaceAll('functions/image/fixtures', join(root, 'functions', 'image', 'fixtures'))
        .replaceAll(encodeURIComponent(SOURCE), encodeURIComponent(origin))
        .replaceAll(SOURCE, origin)
        .replace(/npm start/, 'env')
      const bash = ['-euo', 'pipefail', '-c', here]
      return (await promisify(execFile)('bash', bash, { cwd: folder })).stdout
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

/** Where CI runs they may not be missing. */
const hasTools =
  inject('ci') ||
  (await promisify(execFile)('bash', ['-c', 'openssl version && curl --version']).then(
    () => true,
    () => false,
  ))
if (!hasTools)
  console.warn('The commands of README.md need bash, curl and openssl; they are left out.')

/** A variable that a command was given. */
function variable(name: string, written: string): string {
  return new RegExp(`^${name}=(.*)$`, 'm').exec(written)?.[1] ?? ''
}

describe.skipIf(!hasTools)('the commands of README.md', () => {
  it('make a key, and call with it', async () => {
    using shell = createShell()
    const [make = '', call = ''] = blocks
    const API_KEYS = variable('API_KEYS', await shell.run(make))
    await using api = await startApi({ env: { API_KEYS } })
    expect((await api.post()).status).toBe(401)
    const written = await shell.run(call, { api: api.url })
    expect(written).toContain(' → out.jpg')
    expect(shell.result()).toEqual(imageAnswer(undefined, { format: 'jpeg' }).bytes)
  })

  it('make a key for signing, and sign with the client and without', async () => {
    using shell = createShell()
    const [, , make = '', client = '', openssl = ''] = blocks
    const URL_SIGNING_KEYS = variable('URL_SIGNING_KEYS', await shell.run(make))
    await using origin = await startOrigin((_, response) => response.end(PICTURE))
    await using api = await startApi({ env: { URL_SIGNING_KEYS, SOURCE_ALLOW_PRIVATE: 'true' } })
    for (const block of [client, openssl]) {
      await shell.run(block, { api: api.url, origin: `${origin.url}/photo.jpg` })
      expect(shell.result()).toEqual(RESULT.bytes)
    }
    expect(api.calls()).toBe(1)
  })
})
