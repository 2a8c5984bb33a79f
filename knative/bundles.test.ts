/** What the images run, bundled as their Dockerfiles do and started beside each other. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const SAMPLE = join(ROOT, 'functions', 'image', 'fixtures', 'sample.jpg')

// Where nothing but what is bundled is found; and where packages are.
const folders = {
  api: mkdtempSync(join(tmpdir(), 'bundle-')),
  image: mkdtempSync(join(ROOT, 'node_modules', '.bundle-')),
}
afterAll(() => {
  for (const folder of Object.values(folders)) rmSync(folder, { recursive: true })
})

/** Does what the RUN instruction of the Dockerfile does that bundles. */
function bundle(name: keyof typeof folders): void {
  const text = readFileSync(join(ROOT, `Dockerfile.${name}`), 'utf8').replaceAll('\\\n', ' ')
  const command = /^RUN (npx rolldown .*)$/m.exec(text)?.[1] ?? 'false'
  execFileSync('sh', ['-c', command.replaceAll('/app', folders[name])], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

async function start(name: keyof typeof folders, environment: Record<string, string>) {
  const child = spawn(process.execPath, ['main.js'], {
    cwd: folders[name],
    env: { PORT: '0', LOG_LEVEL: 'error', ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')
  const early = ended.then(([code, signal]) => {
    throw new Error(`the bundle of ${name} ended with ${signal ?? code} before it listened`)
  })
  const [{ listeningOn }] = await Promise.race([once(child, 'message'), early])
  return {
    url: `http://127.0.0.1:${listeningOn}`,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

describe('the bundles of the images', { timeout: 60_000 }, () => {
  beforeAll(() => {
    bundle('api')
    bundle('image')
  }, 60_000)

  it.each(['exact', 'fast'])('make a picture in mode %s', async (mode) => {
    await using image = await start('image', {})
    await using api = await start('api', { IMAGE_FUNCTION_URL: image.url })
    const answer = await fetch(`${api.url}/image?scale=64x48&mode=${mode}&format=png`, {
      method: 'POST',
      body: new Uint8Array(readFileSync(SAMPLE)),
    })
    expect([answer.status, answer.headers.get('Image-Result')]).toEqual([
      200,
      expect.stringContaining(`mode="${mode}"`),
    ])
    const { data, info } = await sharp(await answer.bytes())
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect(info).toMatchObject({ width: 64, height: 48 })
    expect(new Set(data).size).toBeGreaterThan(20)
  })

  it('start with a bucket, whose SDK is in them', async () => {
    await using api = await start('api', {
      STORE: 's3',
      S3_ENDPOINT: 'http://127.0.0.1:9',
      S3_BUCKET: 'none',
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
      LOG_LEVEL: 'silent',
    })
    expect((await fetch(`${api.url}/readyz`)).status).toBe(200)
  })

  it('have the job that makes the bucket', () => {
    const job = spawnSync(process.execPath, ['main-bucket.js'], { cwd: folders.api, env: {} })
    expect([job.status, String(job.stderr)]).toEqual([1, 'Name S3_ENDPOINT and S3_BUCKET.\n'])
  })
})
