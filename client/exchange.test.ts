import type { RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { monotonicClock } from './clock.ts'
import { createExchanger } from './exchange.ts'
import { answerProblem, resultHeaders, startTestService, unusedAddress } from './test-service.ts'

const never = new AbortController().signal

async function exchangeWith(listener: RequestListener) {
  const url = await startTestService(listener)
  const exchange = createExchanger({ url }, 'scale=8x8', 'image/png', monotonicClock)
  return exchange([Buffer.from('pic'), Buffer.from('ture')], monotonicClock.nowMs(), never)
}

describe('createExchanger()', () => {
  it('posts a picture and says what a result came with', async () => {
    const asked: unknown[] = []
    const exchange = await exchangeWith(async (request, response) => {
      asked.push(request.url, request.headers['content-type'], await text(request))
      response.writeHead(200, {
        ...resultHeaders('image/png'),
        'Cache-Status': 'image-api; fwd=miss; stored',
        'Server-Timing': 'api-start;dur=500, upload;dur=1.5',
      })
      response.end('result')
    })
    expect(asked).toEqual(['/image?scale=8x8', 'image/png', 'picture'])
    expect(exchange).toMatchObject({ outcome: 'ok', cache: 'miss' })
    expect([...exchange.timings]).toEqual([
      ['api-start', 500],
      ['upload', 1.5],
    ])
    expect(exchange.endedMs).toBeGreaterThan(exchange.dueMs)
  })

  it.each([
    [{ 'Retry-After': '1' }, true],
    [{}, false],
  ])('knows a refusal by its code, and that it came with %o', async (headers, retryAfter) => {
    const exchange = await exchangeWith((_, response) => {
      answerProblem(response, 'overloaded', 'Later.', headers as Record<string, string>)
    })
    expect(exchange).toMatchObject({ outcome: 'overloaded', retryAfter })
  })

  it('knows what is no problem of the contract by its status', async () => {
    const exchange = await exchangeWith((_, response) => {
      response.writeHead(503).end('pending request queue full')
    })
    expect(exchange).toMatchObject({ outcome: 'HTTP 503', retryAfter: false })
  })

  it('does not take any 200 for a result', async () => {
    const exchange = await exchangeWith((_, response) => {
      response.end('<html>')
    })
    expect(exchange.outcome).toBe('no result')
  })

  it('knows a connection that broke by what the system says', async () => {
    const exchange = await exchangeWith(({ socket }) => socket.destroy())
    expect(exchange.outcome).toBe('ECONNRESET')
  })

  it('says so where nothing answers', async () => {
    const address = { url: await unusedAddress() }
    const exchange = createExchanger(address, '', 'image/png', monotonicClock)
    const { outcome } = await exchange([], monotonicClock.nowMs(), never)
    expect(outcome).toBe('ECONNREFUSED')
  })

  it('answers timeout to what was due a minute ago', async () => {
    const url = await startTestService(() => {})
    const exchange = createExchanger({ url }, '', 'image/png', monotonicClock)
    const { outcome } = await exchange([], monotonicClock.nowMs() - 60_000, never)
    expect(outcome).toBe('timeout')
  })

  it('rejects when it is stopped', async () => {
    const stop = new AbortController()
    const url = await startTestService(() => stop.abort())
    const exchange = createExchanger({ url }, '', 'image/png', monotonicClock)
    await expect(exchange([], monotonicClock.nowMs(), stop.signal)).rejects.toThrow('aborted')
  })
})
