import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
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

/** What Linux tells of this process; elsewhere its memory is not measured. */
const LINUX = { status: '/proc/self/status', clear: '/proc/self/clear_refs' }
const CLEAR_PEAK = '5'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Begins to measure memory: gives by how many megabytes it has grown at most since then. */
function startMemory(): () => number {
  if (!existsSync(LINUX.clear)) return () => 0
  // What is there and is used no more would hide as much of what comes.
  collectGarbage()
  writeFileSync(LINUX.clear, CLEAR_PEAK)
  const before = megabytesOf('VmRSS')
  return () => megabytesOf('VmHWM') - before
}

function megabytesOf(name: 'VmRSS' | 'VmHWM'): number {
  const [, kilobytes] = readFileSync(LINUX.status, 'latin1').match(`${name}:\\s+(\\d+)`) ?? []
  return Number(kilobytes) / 1024
}

/**
 * What something takes: seconds that the cores of this process work, which are no more on a machine that is
 * busy, and the memory that it has at most beyond what there was before.
 */
async function workOf(act: () => Promise<unknown>): Promise<Work> {
  const megabytes = startMemory()
  const cpuBefore = process.cpuUsage()
  const outcome = await act().then(
    () => 'taken',
    ({ code }: { code: unknown }) => code,
  )
  expect(['taken', 'undecodable_image']).toContain(outcome)
  const { user, system } = process.cpuUsage(cpuBefore)
  return { isTaken: outcome === 'taken', seconds: (user + system) / 1e6, mb: megabytes() }
}

it.runIf(existsSync(LINUX.clear))('sees memory that was there and is gone again', async () => {
  const works: number[] = []
  for (let round = 0; round < 2; round++) {
    const { mb } = await workOf(async () => Buffer.alloc(200_000_000, round + 1).length)
    works.push(mb)
  }
  for (const mb of works) expect(mb).toBeGreaterThan(MOST.headerMb)
})

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
