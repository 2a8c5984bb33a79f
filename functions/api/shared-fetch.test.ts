import { describe, expect, it, vi } from 'vitest'
import { RESULT } from './test-api.ts'
import { answering, get, startOnLoopback, startPictures } from './test-url-image.ts'

describe('many who ask for one URL', () => {
  it('share one download and one piece of work', async () => {
    // Until all have asked.
    await using origin = await startPictures((request, response) => {
      setTimeout(() => answering()(request, response), 500)
    })
    await using api = await startOnLoopback()
    const answers = await Promise.all(Array.from({ length: 30 }, () => get(api, origin)))
    for (const answer of answers) {
      expect(await answer.bytes()).toEqual(new Uint8Array(RESULT.bytes))
    }
    expect(origin.requests).toHaveLength(1)
    expect(api.calls()).toBe(1)
  })

  it('end the download when the last one leaves, and not before', async () => {
    const asked = Promise.withResolvers<void>()
    await using origin = await startPictures(() => asked.resolve())
    await using api = await startOnLoopback()
    const clients = [new AbortController(), new AbortController()]
    const answers = clients.map(({ signal }) => get(api, origin, '', { signal }))
    const gone = Promise.all(answers.map((answer) => expect(answer).rejects.toThrow('aborted')))
    await asked.promise
    clients[0]?.abort()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(origin.open()).toBe(1)
    clients[1]?.abort()
    await gone
    await vi.waitFor(() => expect(origin.open()).toBe(0))
    expect(api.calls()).toBe(0)
  })
})
