import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ENVIRONMENT, NODE_FLAGS } from './process-settings.ts'

export type Memory = { now: number; peak: number }

/** A process that is measured from outside. */
export type BenchService = AsyncDisposable & {
  child: ChildProcess
  port: number
  /** User and system time so far, in milliseconds, to 10 ms. Linux only. */
  cpuMs: () => Promise<number>
  /** Resident memory now and at its highest, in megabytes (10^6). Linux only. */
  memoryMb: () => Promise<Memory>
  /** From now on the highest is the highest from now on. */
  resetPeak: () => Promise<void>
  stop: () => Promise<void>
}

/** Starts a script of this folder as `npm start` would, which tells over its channel where it listens. */
export async function startService(
  script: string,
  environment: Record<string, string> = {},
  args: string[] = [],
): Promise<BenchService> {
  const child = spawn(
    process.execPath,
    [...NODE_FLAGS, join(import.meta.dirname, script), ...args],
    {
      env: { ...ENVIRONMENT, LOG_LEVEL: 'error', PORT: '0', ...environment },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  )
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${script} ended with ${code}`)
  })
  const [message] = await Promise.race([once(child, 'message'), failed])
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  return {
    child,
    port: message.listeningOn,
    cpuMs: () => cpuMs(child),
    memoryMb: () => memoryMb(child),
    resetPeak: () => writeFile(`/proc/${child.pid}/clear_refs`, '5'),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Both functions, of which the api calls the other; each request is processed, as nothing is stored. */
export type BothServices = AsyncDisposable & { image: BenchService; api: BenchService }

export async function startBoth(
  environment: Record<string, string> = {},
  imageEnvironment: Record<string, string> = {},
): Promise<BothServices> {
  const image = await startService('image/main.ts', { ...environment, ...imageEnvironment })
  const api = await startService('api/main.ts', {
    IMAGE_FUNCTION_URL: `http://127.0.0.1:${image.port}`,
    STORE: 'none',
    ...environment,
  })
  return {
    image,
    api,
    async [Symbol.asyncDispose]() {
      await api.stop()
      await image.stop()
    },
  }
}

const MS_PER_TICK = 10

async function cpuMs({ pid }: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The fields after the name, which may hold spaces: utime is the 12th of them, stime the 13th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK
}

async function memoryMb({ pid }: ChildProcess): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const megabytes = (name: string) =>
    (Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024) / 1e6
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') }
}
