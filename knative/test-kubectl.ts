/** kubectl, against one context. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const MAX_OUTPUT_BYTES = 64 * 2 ** 20

/** Runs kubectl and resolves to what it wrote; rejects with its complaint. */
export function kubectl(context: string, args: string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'kubectl',
      ['--context', context, ...args],
      { maxBuffer: MAX_OUTPUT_BYTES },
      (error, stdout) => (error ? reject(error) : resolve(stdout)),
    )
    // One that ends without reading has its reasons, and says them.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

/** The context that kubectl uses when it is told none. */
export function currentContext(): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('kubectl', ['config', 'current-context'], (error, stdout) =>
      error ? reject(error) : resolve(stdout.trim()),
    )
  })
}

export type RunningKubectl = { port: number; stop: () => Promise<void> }

/**
 * Starts a kubectl that listens on a port of this machine, `proxy` or `port-forward`, and resolves when
 * it says on which.
 */
export async function startKubectl(context: string, args: string[]): Promise<RunningKubectl> {
  const child = spawn('kubectl', ['--context', context, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = await Promise.race([portSaidBy(child), endOf(child, args)])
  return {
    port,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

function portSaidBy({ stdout }: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    if (!stdout) return
    createInterface(stdout).on('line', (line) => {
      const said = /127\.0\.0\.1:(\d+)/.exec(line)
      if (said) resolve(Number(said[1]))
    })
  })
}

async function endOf(child: ChildProcess, args: string[]): Promise<never> {
  const [code] = await once(child, 'exit')
  throw new Error(`kubectl ${args.join(' ')} ended with ${code}`)
}
