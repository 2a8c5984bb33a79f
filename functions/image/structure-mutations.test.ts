import { describe, expect, it } from 'vitest'
import { readSourceHeader } from './source-header.ts'
import { MUTANTS } from './test-mutants.ts'
import { randomNumbers } from './test-picture.ts'
import { pixelsOf } from './test-process.ts'

const ROUNDS = 60
const LONG = { timeout: 120_000 }

/** Seconds of header and picture, and megabytes of a header, beside which a file is too much for its size. */
const MOST = { headerSeconds: 1, pictureSeconds: 2, headerMb: 100 }

type Work = { isTaken: boolean; seconds: number; mb: number }

/**
 * What something takes: seconds that the cores of this process work, which are no more on a machine that is
 * busy, and by how much the most memory that it ever had grows.
 */
async function workOf(act: () => Promise<unknown>): Promise<Work> {
  const [cpuBefore, rssBefore] = [process.cpuUsage(), process.resourceUsage().maxRSS]
  const outcome = await act().then(
    () => 'taken',
    ({ code }: { code: unknown }) => code,
  )
  expect(['taken', 'undecodable_image']).toContain(outcome)
  const { user, system } = process.cpuUsage(cpuBefore)
  const mb = (process.resourceUsage().maxRSS - rssBefore) / 1024
  return { isTaken: outcome === 'taken', seconds: (user + system) / 1e6, mb }
}

describe.each(Object.entries(MUTANTS))('a %s whose container is odd', (_format, mutant) => {
  it('is refused, or read without much time or memory', LONG, async () => {
    const random = randomNumbers(1)
    const tooMuch: unknown[] = []
    let taken = 0
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = mutant(random)
      const header = await workOf(() => readSourceHeader(bytes))
      if (header.seconds > MOST.headerSeconds || header.mb > MOST.headerMb) {
        tooMuch.push({ round, header })
      }
      if (!header.isTaken) continue
      taken++
      const picture = await workOf(() => pixelsOf(bytes, { scale: { width: 16, height: 12 } }))
      if (picture.seconds > MOST.pictureSeconds) tooMuch.push({ round, picture })
    }
    expect(tooMuch).toEqual([])
    // Neither all nor nothing, which would say little.
    expect(taken).toBeGreaterThan(ROUNDS / 20)
    expect(taken).toBeLessThan(ROUNDS)
  })
})
