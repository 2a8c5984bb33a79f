import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** Resolves to how a process ended, when it does. */
export async function endOf(child: ChildProcess): Promise<string> {
  const [code, signal] = await once(child, 'exit')
  return signal ? `signal ${signal}` : `exit code ${code}`
}

/** Calls back, once, when the process that started this one is gone. */
export function whenOrphaned(callBack: () => void): void {
  // npm and the shell between die of some signals without passing them on.
  const { ppid } = process
  const watch = setInterval(() => {
    if (process.ppid === ppid) return
    clearInterval(watch)
    callBack()
  }, 500)
  watch.unref()
}
