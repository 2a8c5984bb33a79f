import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { keepTrying, type Patience } from './keep-trying.ts'

const PATIENCE: Patience = {
  forMs: 500,
  pauseMs: 10,
  isFinal: () => false,
  onFirstFailure: () => {},
}

/** Work that fails so often, each time with the number of the attempt. */
function failing(times: number, tookMs = 0) {
  const work = { attempts: 0, run }
  async function run() {
    work.attempts++
    await setTimeout(tookMs)
    if (work.attempts <= times) throw new Error(`attempt ${work.attempts}`)
    return 'done'
  }
  return work
}

describe('keepTrying()', () => {
  it('resolves to what the work comes to, and tells of the first failure only', async () => {
    const told: unknown[] = []
    const onFirstFailure = (error: unknown) => told.push(error)
    const done = await keepTrying(failing(3).run, { ...PATIENCE, onFirstFailure })
    expect(done).toBe('done')
    expect(told).toEqual([new Error('attempt 1')])
  })

  it('ends when the time is over, however long each attempt takes', async () => {
    const work = failing(Number.POSITIVE_INFINITY, 200)
    const startedMs = performance.now()
    await expect(keepTrying(work.run, PATIENCE)).rejects.toThrow(/attempt [123]$/)
    expect(performance.now() - startedMs).toBeLessThan(1000)
  })

  it('does not try again what will not pass', async () => {
    const work = failing(1)
    const told: unknown[] = []
    const onFirstFailure = (error: unknown) => told.push(error)
    const tried = keepTrying(work.run, { ...PATIENCE, isFinal: () => true, onFirstFailure })
    await expect(tried).rejects.toThrow('attempt 1')
    expect(work.attempts).toBe(1)
    expect(told).toEqual([])
  })
})
