import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { answerError, startFakeS3 } from './test-s3.ts'

/** What the job does against a server that answers so. */
async function makeBucket(answer: RequestListener) {
  await using server = await startFakeS3(answer)
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main-bucket.ts')], {
    env: {
      STORE: 's3',
      S3_ENDPOINT: server.endpoint,
      S3_BUCKET: 'images',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [logged, complaint] = ['', '']
  child.stdout.on('data', (part) => {
    logged += part
  })
  child.stderr.on('data', (part) => {
    complaint += part
  })
  const [code] = await once(child, 'close')
  return { code, complaint, asked: server.asked, log: logged.split('\n') }
}

describe('the job that makes the bucket', { timeout: 30_000 }, () => {
  it('waits for a server that is still starting, and says once that it does', async () => {
    let requests = 0
    const { code, asked, log, complaint } = await makeBucket(({ method }, outgoing) => {
      requests++
      if (requests <= 2) answerError(outgoing, 503, 'XMinioServerNotInitialized')
      else if (method === 'HEAD') outgoing.writeHead(404).end()
      else outgoing.end()
    })
    expect(complaint).toBe('')
    expect(code).toBe(0)
    expect(asked).toEqual([...Array(3).fill('HEAD /images/'), 'PUT /images/'])
    expect(log.filter((line) => line.includes('no bucket yet; trying again'))).toHaveLength(1)
    expect(log.join('\n')).toContain('the bucket is there')
  })

  it.each([401, 403])(
    'ends at once when the server answers %i to its credentials',
    async (status) => {
      const { code, asked, complaint } = await makeBucket((_, outgoing) =>
        outgoing.writeHead(status).end(),
      )
      expect(code).toBe(1)
      expect(asked).toEqual(['HEAD /images/'])
      expect(complaint).toContain(
        `the store failed to find its bucket: the server answered ${status}`,
      )
      expect(complaint.trim().split('\n')).toHaveLength(1)
    },
  )

  it('ends at once when it may see that there is none, but not make it', async () => {
    const { code, asked, complaint } = await makeBucket(({ method }, outgoing) => {
      if (method === 'HEAD') outgoing.writeHead(404).end()
      else answerError(outgoing, 403, 'AccessDenied')
    })
    expect(code).toBe(1)
    expect(asked).toEqual(['HEAD /images/', 'PUT /images/'])
    expect(complaint).toContain('said by a test')
  })
})
