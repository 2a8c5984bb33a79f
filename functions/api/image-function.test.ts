import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startApi } from './test-api.ts'
import { answerResult } from './test-image-answer.ts'
import { grayPng } from './test-picture.ts'

afterEach(() => void vi.useRealTimers())

describe('IMAGE_FUNCTION_CALLS', () => {
  it('keep no queue that outlasts every timeout: one more is overloaded, an equal one needs none', async () => {
    const called = Promise.withResolvers<ServerResponse>()
    await using api = await startApi({
      env: { IMAGE_FUNCTION_CALLS: '1' },
      answer: called.resolve,
    })
    const first = api.post(new Uint8Array(grayPng(400, 300)))
    const response = await called.promise

    const refused = await api.post(new Uint8Array(grayPng(401, 300)))
    expect(refused.headers.get('Retry-After')).toBe('1')
    expect(await refused.json()).toMatchObject({ status: 503, code: 'overloaded' })

    const same = api.post(new Uint8Array(grayPng(400, 300)))
    answerResult(response)
    expect([(await first).status, (await same).status]).toEqual([200, 200])
  })

  it('say how long those under way take, by the last ones', async () => {
    const called: ServerResponse[] = []
    await using api = await startApi({
      env: { IMAGE_FUNCTION_CALLS: '1', STORE: 'none' },
      answer: (response) => void called.push(response),
    })
    vi.useFakeTimers({ toFake: ['performance'] })
    for (const what of ['the last one', 'one under way']) {
      const asked = api.post()
      await vi.waitUntil(() => called.length > 0)
      if (what === 'one under way') {
        const refused = await api.post(new Uint8Array(grayPng(401, 300)))
        expect(refused.headers.get('Retry-After')).toBe('5')
      }
      vi.advanceTimersByTime(4200)
      for (const response of called.splice(0)) answerResult(response)
      expect((await asked).status).toBe(200)
    }
  })

  it('say how long those take that hang, too', async () => {
    const timeoutMs = 1100
    const called: ServerResponse[] = []
    await using api = await startApi({
      env: {
        IMAGE_FUNCTION_CALLS: '1',
        IMAGE_FUNCTION_TIMEOUT_MS: String(timeoutMs),
        STORE: 'none',
      },
      answer: (response) => void called.push(response),
    })
    expect((await api.post()).status).toBe(504)
    const hanging = api.post()
    await vi.waitUntil(() => called.length === 2)
    const refused = await api.post(new Uint8Array(grayPng(401, 300)))
    expect(refused.headers.get('Retry-After')).toBe(String(Math.ceil(timeoutMs / 1000)))
    expect((await hanging).status).toBe(504)
  })

  it('are free again after an answer, and after a failure', async () => {
    const answers = [(response: ServerResponse) => response.destroy(), answerResult, answerResult]
    await using api = await startApi({
      env: { IMAGE_FUNCTION_CALLS: '1', STORE: 'none' },
      answer: (response) => answers.shift()?.(response),
    })
    const statuses = []
    for (let time = 0; time < 3; time++) statuses.push((await api.post()).status)
    expect(statuses).toEqual([502, 200, 200])
  })
})

describe('a gateway that knows no image function for a moment', () => {
  const refuse = (response: ServerResponse) =>
    response.writeHead(503, { 'Content-Type': 'text/plain' }).end('no healthy upstream')

  it('is asked again', async () => {
    const answers = [refuse, refuse, answerResult]
    await using api = await startApi({ answer: (response) => answers.shift()?.(response) })
    expect((await api.post()).status).toBe(200)
    expect(api.calls()).toBe(3)
  })

  it('is not asked for ever', async () => {
    await using api = await startApi({ answer: refuse })
    const answer = await api.post()
    expect(answer.headers.get('Retry-After')).toBe('1')
    expect(await answer.json()).toMatchObject({ code: 'overloaded' })
    expect(api.calls()).toBe(4)
  })
})
