import { describe, expect, it } from 'vitest'
import { ProblemError, problemToJson } from '../contract/problem.ts'
import { startForwarding } from './test-forwarding.ts'
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
})
