/** A worker that dies or hangs when the quality says so, and otherwise is the real one. */
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BroadcastChannel } from 'node:worker_threads'
import type { ImageTask } from './process-source.ts'
import work from './worker.ts'

/** What each of these qualities brings about. */
export const DEATHS = {
  exits: 1,
  throwsInTimer: 2,
  runsForEver: 3,
  waitsForEver: 4,
  throwsUnknown: 5,
  throwsWhenIdle: 6,
  staysInNativeCode: 7,
} as const

/** A pipe, in whose opening a thread stays until somebody else opens it, too; `mkfifo` makes it. */
export const NAMED_PIPE = join(tmpdir(), `test-dying-worker-${process.pid}`)

/** Where a thread that is to die when idle hears that it is time. */
export const TIME_TO_DIE = 'test-dying-worker'

const DYING: Record<number, () => Promise<unknown>> = {
  [DEATHS.exits]: async () => process.exit(3),
  [DEATHS.throwsInTimer]: () => {
    setTimeout(() => {
      throw new Error('a timer failed')
    }, 0)
    return new Promise(() => {})
  },
  [DEATHS.runsForEver]: async () => {
    for (;;);
  },
  [DEATHS.waitsForEver]: () => new Promise(() => {}),
  [DEATHS.throwsUnknown]: () => Promise.reject(new TypeError('a bug in a step')),
  [DEATHS.throwsWhenIdle]: async () => {
    new BroadcastChannel(TIME_TO_DIE).onmessage = () => {
      throw new Error('an idle thread failed')
    }
  },
  [DEATHS.staysInNativeCode]: () => open(NAMED_PIPE),
}

export default async function workOrDie(task: ImageTask) {
  await DYING[task.options.quality]?.()
  return work(task)
}
