import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { vi } from 'vitest'

const LISTEN = `
  const server = require('node:http').createServer((_, response) => response.end('a picture'))
  const where = { port: 0, host: process.argv[1], backlog: 1 }
  server.listen(where, () => process.send(server.address().port))`

/**
 * A server whose host loses the first packet of whoever connects, until it is told to hear: it is stopped,
 * and as many connections wait for it as may. Linux only.
 */
export async function startDeafOrigin(host: string) {
  const stdio: ('ignore' | 'inherit' | 'ipc')[] = ['ignore', 'inherit', 'inherit', 'ipc']
  const child: ChildProcess = spawn(process.execPath, ['-e', LISTEN, host], { stdio })
  const [port] = (await once(child, 'message')) as [number]
  child.kill('SIGSTOP')
  // A backlog of one has room for two.
  const waiting = [1, 2, 3].map(() => connect(port, host).on('error', () => {}))
  await vi.waitUntil(() => unanswered(port) === 1)
  return {
    port,
    /** Once somebody else has knocked. */
    async hear() {
      await vi.waitUntil(() => unanswered(port) === 2)
      child.kill('SIGCONT')
    },
    async [Symbol.asyncDispose]() {
      for (const socket of waiting) socket.destroy()
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

/** How many connections to a port of this machine have sent their first packet and have no answer. */
function unanswered(port: number): number {
  const SYN_SENT = '02'
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')} ${SYN_SENT} `
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n')
  return lines.filter((line) => line.includes(remote)).length
}
