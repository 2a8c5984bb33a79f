import { describe, expect, it } from 'vitest'
import { keepPace } from './pace.ts'
import { createTestClock } from './test-clock.ts'

const never = new AbortController().signal

describe('keepPace() with a rate', () => {
  it('sends in time whatever the answers do, and is over when the last has come', async () => {
    const clock = createTestClock()
    const due: number[] = []
    const answers = Promise.withResolvers<void>()
    async function send(dueMs: number): Promise<void> {
      due.push(dueMs)
      if (due.length === 8) answers.resolve()
      await answers.promise
    }
    await keepPace({ rate: 4 }, 2000, send, clock, never)
    expect(due).toEqual([0, 250, 500, 750, 1000, 1250, 1500, 1750])
    expect(clock.nowMs()).toBe(2000)
  })

  it('keeps the time at which each was due when it comes late to it', async () => {
    const clock = createTestClock()
    const due: number[] = []
    async function send(dueMs: number): Promise<void> {
      // As a machine that is busy with the first.
      if (dueMs === 0) clock.advance(600)
      due.push(dueMs)
    }
    await keepPace({ rate: 4 }, 1000, send, clock, never)
    expect(due).toEqual([0, 250, 500, 750])
  })

  it('sends nothing more once it is stopped', async () => {
    const stop = new AbortController()
    let sent = 0
    async function send(): Promise<void> {
      if (++sent === 3) stop.abort()
    }
    await keepPace({ rate: 4 }, 60_000, send, createTestClock(), stop.signal)
    expect(sent).toBe(3)
  })
})

describe('keepPace() with a concurrency', () => {
  it('sends after each answer, so many at a time', async () => {
    const clock = createTestClock()
    let [inFlight, most, sent] = [0, 0, 0]
    async function send(): Promise<void> {
      sent++
      most = Math.max(most, ++inFlight)
      await new Promise(setImmediate)
      clock.advance(10)
      inFlight--
    }
    await keepPace({ concurrency: 3 }, 100, send, clock, never)
    expect(most).toBe(3)
    expect(sent).toBeGreaterThanOrEqual(10)
    expect(sent).toBeLessThanOrEqual(13)
  })
})
