import { describe, expect, it } from 'vitest'
import { waitSeconds } from './wait-seconds.ts'

describe('waitSeconds()', () => {
  it('rejects at once when it is aborted', async () => {
    const stop = new AbortController()
    const waiting = waitSeconds(3600, stop.signal)
    stop.abort()
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
  })
})
