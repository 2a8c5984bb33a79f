import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { answerResult, imageAnswer } from './test-image-answer.ts'
import { startImageFunction } from './test-image-function.ts'
import { grayPng } from './test-picture.ts'
import { startFakeS3 } from './test-s3.ts'

describe('the api as a process', { timeout: 30_000 }, () => {
  it('looks for its bucket once it listens, and stores what it has before it exits', async () => {
    const put = Promise.withResolvers<void>()
    const mayFinish = Promise.withResolvers<void>()
    await using bucket = await startFakeS3(async (incoming, outgoing) => {
      if (incoming.method === 'PUT') {
        put.resolve()
        await mayFinish.promise
      } else if (incoming.method === 'GET') outgoing.statusCode = 404
      outgoing.end(incoming.method === 'GET' ? '<Error><Code>NoSuchKey</Code></Error>' : '')
    })
    await using image = await startImageFunction((response) => answerResult(response))

    const api = startApi({
      IMAGE_FUNCTION_URL: image.url,
      STORE: 's3',
      S3_ENDPOINT: bucket.endpoint,
      S3_BUCKET: 'results',
      S3_TIMEOUT_MS: '10000',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    })
    const ended = once(api, 'exit')
    const [{ listeningOn }] = await once(api, 'message')
    const body = new Uint8Array(grayPng(400, 300))
    const answer = await fetch(`http://127.0.0.1:${listeningOn}/image`, { method: 'POST', body })
    const key = answer.headers.get('Content-Location')?.split('/')[2] ?? ''
    expect(await answer.bytes()).toEqual(new Uint8Array(imageAnswer().bytes))

    await put.promise
    api.kill('SIGTERM')
    // It takes no requests any more, and would be gone in a moment but for what it has to store.
    const probe = () =>
      fetch(`http://127.0.0.1:${listeningOn}/livez`).then(
        () => 'up',
        () => 'down',
      )
    await expect.poll(probe, { interval: 20 }).toBe('down')
    await Promise.race([ended, wait(200)])
    mayFinish.resolve()
    expect(await ended).toEqual([0, null])
    expect(bucket.asked).toContain(`PUT /results/results/${key.slice(0, 2)}/${key}`)
    expect(bucket.asked).toContain('HEAD /results/')
  })

  it.each([
    ['true', ['GET /readyz', 'listening']],
    ['false', ['listening']],
  ])(
    'calls for the image function before it listens, WAKE_IMAGE_FUNCTION=%s',
    async (wake, all) => {
      const seen: string[] = []
      await using image = await startImageFunction((response, request) => {
        seen.push(`${request.method} ${request.url}`)
        response.end('ok')
      })
      const api = startApi({ WAKE_IMAGE_FUNCTION: wake, IMAGE_FUNCTION_URL: image.url })
      await once(api, 'message')
      seen.push('listening')
      api.kill('SIGTERM')
      await once(api, 'exit')
      expect(seen).toEqual(all)
    },
  )

  it.each(['http://127.0.0.1:1', 'http://nobody.invalid'])(
    'starts although nobody answers its call at %s',
    async (IMAGE_FUNCTION_URL) => {
      const api = startApi({ WAKE_IMAGE_FUNCTION: 'true', IMAGE_FUNCTION_URL })
      const [{ listeningOn }] = await once(api, 'message')
      expect((await fetch(`http://127.0.0.1:${listeningOn}/readyz`)).status).toBe(200)
      api.kill('SIGTERM')
      expect(await once(api, 'exit')).toEqual([0, null])
    },
  )

  it('names what is wrong with a URL that it cannot call', async () => {
    const api = startApi(
      { WAKE_IMAGE_FUNCTION: 'true', IMAGE_FUNCTION_URL: 'https://image' },
      'pipe',
    )
    const [said] = await Promise.all([api.stderr?.toArray(), once(api, 'exit')])
    expect(String(said)).toContain('IMAGE_FUNCTION_URL')
    expect(api.exitCode).toBe(1)
  })
})

function startApi(env: Record<string, string>, stderr: 'inherit' | 'pipe' = 'inherit') {
  return spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: { PORT: '0', LOG_LEVEL: 'silent', ...env },
    stdio: ['ignore', 'inherit', stderr, 'ipc'],
  })
}
