import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import type { ResolvedOptions } from '../contract/options.ts'
import { ProblemError } from '../contract/problem.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import { processImage } from './process.ts'
import { readSourceHeader } from './source-header.ts'
import { textured } from './test-picture.ts'
import { AS_IT_IS } from './test-process.ts'

const SIZE = { width: 2000, height: 1500 }

/** What of a picture that was given up may stay: nothing near to its pixels, which are 9 MB. */
const MAX_LEFT_BYTES = 1_000_000

/** A deadline that is over when it is asked for this time, the first being 1. */
function overAt(turn: number): Deadline {
  const { passed } = createDeadline(30_000)
  let turns = 0
  const check = () => {
    if (++turns === turn) throw passed(undefined)
  }
  return {
    check,
    secondsLeft() {
      check()
      return 30
    },
    passed,
  }
}

describe('a picture that is given up between two steps', () => {
  const jobs: Partial<ResolvedOptions>[] = [
    { mode: 'exact', format: 'png' },
    { mode: 'fast', format: 'jpeg', scale: { width: 1800, height: 1350 } },
  ]
  it.each(jobs)('leaves no pixels to the collector, at any of them: $mode', async (job) => {
    const { data, ...rest } = textured(SIZE, 1)
    const bytes = await sharp(data, { raw: rest }).ensureAlpha().png().toBuffer()
    const header = await readSourceHeader(bytes)
    const options = { ...AS_IT_IS, ...job }
    for (let turn = 1; ; turn++) {
      const before = process.memoryUsage().external
      const made = await processImage({ bytes, header }, options, overAt(turn)).catch(
        (error: unknown) => error,
      )
      if (!(made instanceof ProblemError)) {
        expect(turn).toBeGreaterThan(2)
        return
      }
      expect(process.memoryUsage().external - before).toBeLessThan(MAX_LEFT_BYTES)
    }
  })
})
