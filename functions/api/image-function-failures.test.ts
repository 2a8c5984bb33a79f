import { describe, expect, it } from 'vitest'
import { ProblemError, problemToJson } from '../contract/problem.ts'
import { PICTURE, RESULT } from './test-api.ts'
import { startForwarding } from './test-forwarding.ts'
import { answerResult } from './test-image-answer.ts'
import type { Answer } from './test-image-function.ts'

const answerProblem =
  (error: ProblemError): Answer =>
  (response) => {
    response.writeHead(error.status, {
      'Content-Type': 'application/problem+json',
      ...error.headers,
    })
    response.end(JSON.stringify(problemToJson(error, 'theirs')))
  }

const answerText =
  (status: number, text: string): Answer =>
  (response) => {
    response.writeHead(status, { 'Content-Type': 'text/plain' })
    response.end(text)
  }

describe('an image function that does not answer with a result', () => {
  it.each(['undecodable_image', 'too_many_pixels', 'unsupported_media_type'] as const)(
    'has its %s passed on, as it is the fault of the caller',
    async (code) => {
      const answer = answerProblem(new ProblemError(code, 'In their words.'))
      await using api = await startForwarding({ answer })
      const problem = JSON.parse(await (await api.post('')).text())
      expect(problem).toMatchObject({ code, detail: 'In their words.' })
      expect(problem.requestId).not.toBe('theirs')
    },
  )

  it.each([
    ['internal', 502, 'image_function_unavailable'],
    ['invalid_request', 502, 'image_function_unavailable'],
    ['not_found', 502, 'image_function_unavailable'],
    ['image_function_timeout', 504, 'image_function_timeout'],
  ] as const)('has its %s answered as %i %s', async (theirs, status, ours) => {
    const answer = answerProblem(new ProblemError(theirs, 'In their words.'))
    await using api = await startForwarding({ answer })
    expect(await (await api.post('')).json()).toMatchObject({ status, code: ours })
  })

  it('has its overloaded passed on with its Retry-After', async () => {
    const full = new ProblemError('overloaded', 'Full.', { headers: { 'Retry-After': '3' } })
    await using api = await startForwarding({ answer: answerProblem(full) })
    const answer = await api.post('')
    expect(answer.headers.get('Retry-After')).toBe('3')
    expect(await answer.json()).toMatchObject({ code: 'overloaded', status: 503 })
  })

  it.each([
    [503, 'no healthy upstream', 'overloaded'],
    [504, 'upstream request timeout', 'image_function_timeout'],
    [404, 'page not found', 'image_function_unavailable'],
    [200, 'a page of somebody else', 'image_function_unavailable'],
  ])('is a gateway: %i with plain text becomes %s', async (status, text, code) => {
    await using api = await startForwarding({ answer: answerText(status, text) })
    const answer = await (await api.post('')).text()
    expect(JSON.parse(answer)).toMatchObject({ code })
    expect(answer).not.toContain(text)
  })

  it.each(['Image-Source', 'Image-Result', 'Image-Geometry'] as const)(
    'answers without %s: image_function_unavailable',
    async (name) => {
      const { [name]: _, ...headers } = RESULT.headers
      const answer: Answer = (response) => response.writeHead(200, headers).end(RESULT.bytes)
      await using api = await startForwarding({ answer })
      expect(await (await api.post('')).json()).toMatchObject({
        code: 'image_function_unavailable',
        status: 502,
      })
    },
  )

  it('is gone: image_function_unavailable', async () => {
    await using api = await startForwarding()
    await api.imageFunction.end()
    const answer = await api.post('')
    expect(await answer.json()).toMatchObject({ code: 'image_function_unavailable', status: 502 })
  })

  it('cuts its answer: image_function_unavailable, never a part of a result', async () => {
    const answer: Answer = (response) => {
      response.writeHead(200, { ...RESULT.headers, 'Content-Length': 1000 })
      response.write(RESULT.bytes, () => response.destroy())
    }
    await using api = await startForwarding({ answer })
    expect(await (await api.post('')).json()).toMatchObject({ code: 'image_function_unavailable' })
  })

  it('is slow: image_function_timeout', async () => {
    await using api = await startForwarding({
      answer: () => {},
      env: { IMAGE_FUNCTION_TIMEOUT_MS: '50' },
    })
    const answer = await api.post('')
    expect(await answer.json()).toMatchObject({ code: 'image_function_timeout', status: 504 })
  })

  it('closes a kept connection as the next request goes out on it: the request is sent again', async () => {
    let calls = 0
    const answer: Answer = (response, request) => {
      calls++
      if (calls === 2) request.socket.resetAndDestroy()
      else answerResult(response)
    }
    await using api = await startForwarding({ answer })
    expect((await api.post('')).status).toBe(200)
    expect((await api.post('')).status).toBe(200)
    expect(calls).toBe(3)
  })

  it('hears of it when the client leaves', async () => {
    const called = Promise.withResolvers<void>()
    const cancelled = Promise.withResolvers<void>()
    const answer: Answer = (response) => {
      response.once('close', cancelled.resolve)
      called.resolve()
    }
    await using api = await startForwarding({ answer })
    const client = new AbortController()
    const asked = api.post('', PICTURE, { signal: client.signal })
    await called.promise
    client.abort()
    await expect(asked).rejects.toThrow('aborted')
    expect(await cancelled.promise).toBeUndefined()
  })
})
