import { describe, expect, it } from 'vitest'
import { overloaded, PROBLEMS, ProblemError, problemFromJson, problemToJson } from './problem.ts'

describe('PROBLEMS', () => {
  it('is the closed list of codes and statuses', () => {
    const statuses = Object.entries(PROBLEMS).map(([code, { status }]) => [code, status])
    expect(Object.fromEntries(statuses)).toEqual({
      invalid_request: 400,
      unauthorized: 401,
      forbidden_source: 403,
      not_found: 404,
      method_not_allowed: 405,
      upload_timeout: 408,
      payload_too_large: 413,
      unsupported_media_type: 415,
      too_many_pixels: 422,
      undecodable_image: 422,
      rate_limited: 429,
      internal: 500,
      source_unreachable: 502,
      image_function_unavailable: 502,
      overloaded: 503,
      store_unavailable: 503,
      source_timeout: 504,
      image_function_timeout: 504,
    })
  })
})

describe('problemToJson()', () => {
  it('has the members of RFC 9457, the code and the request id, and nothing of the cause', () => {
    const error = new ProblemError('too_many_pixels', 'Too many.', { cause: new Error('secret') })
    expect(problemToJson(error, 'r-1')).toEqual({
      type: 'urn:problem-type:image:too_many_pixels',
      title: 'The image has too many pixels',
      status: 422,
      detail: 'Too many.',
      code: 'too_many_pixels',
      requestId: 'r-1',
    })
  })

  it('is undone by problemFromJson()', () => {
    const error = new ProblemError('undecodable_image', 'Cut short.')
    const read = problemFromJson(JSON.stringify(problemToJson(error, 'r-1')))
    expect(read).toEqual({
      code: 'undecodable_image',
      detail: 'Cut short.',
    })
  })
})

describe('problemFromJson()', () => {
  it.each([
    'not JSON',
    'null',
    '[]',
    '{}',
    '{"code":"toString","detail":"x"}',
    '{"code":"new_code","detail":"x"}',
    '{"code":"internal"}',
  ])('is undefined for %s', (text) => {
    expect(problemFromJson(text)).toBeUndefined()
  })
})

describe('overloaded()', () => {
  it('says when to come back', () => {
    expect(overloaded('Full.', 3).headers).toEqual({ 'Retry-After': '3' })
  })

  it('has no stack, and leaves those of other errors as they were', () => {
    const { stackTraceLimit } = Error
    expect(overloaded('Full.', 1).stack).toBe('ProblemError: overloaded: Full.')
    expect(Error.stackTraceLimit).toBe(stackTraceLimit)
    expect(new Error('another').stack).toContain('problem.test.ts')
  })
})
