import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { connectTo, readToEnd, readUntil } from './test-socket.ts'

const FUNCTION = join(import.meta.dirname, 'test-function.ts')

/** Longer than signals count as one. */
const ANOTHER_SIGNAL_MS = 1100

type Options = { how?: string; openFiles?: number }

/** The function of `test-function.ts`, killed at the end of the block. */
function startFunction({ how = '', openFiles }: Options = {}) {
  const limited = `ulimit -n ${openFiles}; exec "$0" "$@"`
  const command = [process.execPath, FUNCTION, how]
  const [file = '', ...args] = openFiles ? ['sh', '-c', limited, ...command] : command
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (part) => {
      output += part
    })
  }
  const heard = new Map<string, PromiseWithResolvers<void>>()
  const entry = (what: string) => {
    const known = heard.get(what) ?? Promise.withResolvers<void>()
    heard.set(what, known)
    return known
  }
  const listening = Promise.withResolvers<number>()
  child.on('message', (message: { what?: string; listeningOn?: number }) => {
    if (message.listeningOn !== undefined) listening.resolve(message.listeningOn)
    if (message.what) entry(message.what).resolve()
  })
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  return {
    child,
    port: listening.promise,
    telling: (what: string) => entry(what).promise,
    ended,
    lines: () => output.trim().split('\n'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** A socket on which half an upload was sent, and the function has begun to read it. */
async function halfUpload(fn: ReturnType<typeof startFunction>) {
  const socket = await connectTo(await fn.port)
  socket.on('error', () => {})
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc')
  await fn.telling('uploading')
  return socket
}

async function livez(port: number, timeoutMs: number): Promise<number> {
  const signal = AbortSignal.timeout(timeoutMs)
  return (await fetch(`http://127.0.0.1:${port}/livez`, { signal })).status
}

describe('run()', { timeout: 30_000 }, () => {
  it('finishes an upload when told to stop, and exits 0', async () => {
    await using fn = startFunction()
    const socket = await halfUpload(fn)
    fn.child.kill('SIGTERM')
    await expect.poll(() => fn.lines().join()).toContain('stopping')
    // From the launcher, which was told as well; it would have ended the function by then.
    fn.child.kill('SIGTERM')
    await Promise.race([fn.ended, wait(100)])
    const answer = readToEnd(socket)
    socket.write('def')
    expect(await answer).toContain('6 bytes')
    expect(await fn.ended).toBe(0)
  })

  it.each([
    ['in the middle of an upload', '', 'uploading', 1],
    ['before all is stored', 'never-stored', 'storing', 0],
  ])('exits 1 at once, and says so, when told to stop again %s', async (_, how, what, inFlight) => {
    await using fn = startFunction({ how })
    const socket = how ? undefined : await halfUpload(fn)
    await fn.port
    fn.child.kill('SIGTERM')
    await fn.telling(what)
    await wait(ANOTHER_SIGNAL_MS)
    fn.child.kill('SIGTERM')
    expect(await fn.ended).toBe(1)
    expect(JSON.parse(fn.lines().at(-1) ?? '')).toMatchObject({
      level: 'error',
      msg: 'told to stop a second time: what is in flight or being stored is cut',
      reason: 'SIGTERM',
      inFlight,
    })
    socket?.destroy()
  })

  it('exits 0 at once when told to stop while it starts', async () => {
    await using fn = startFunction({ how: 'never-starts' })
    await fn.telling('starting')
    fn.child.kill('SIGTERM')
    expect(await fn.ended).toBe(0)
  })

  it.each([
    ['/throw', 'uncaughtException'],
    ['/reject', 'unhandledRejection'],
  ])('logs one line of a bug that nothing caught, and exits 1: %s', async (path, origin) => {
    await using fn = startFunction()
    const answer = await fetch(`http://127.0.0.1:${await fn.port}${path}`)
    expect(await answer.text()).toBe('soon')
    expect(await fn.ended).toBe(1)
    const [ofRequest, ofBug, ...more] = fn.lines().map((line) => JSON.parse(line))
    expect(ofRequest).toMatchObject({ path, status: 200 })
    expect(ofBug).toMatchObject({
      level: 'error',
      msg: 'a bug ended the process',
      origin,
      err: { message: 'nobody caught this', stack: expect.stringContaining('test-function.ts') },
    })
    expect(more).toEqual([])
  })

  it('answers no probe while its event loop is blocked, and does after', async () => {
    await using fn = startFunction()
    const port = await fn.port
    expect(await livez(port, 5000)).toBe(200)
    const blocked = fetch(`http://127.0.0.1:${port}/block`)
    await fn.telling('blocked')
    await expect(livez(port, 500)).rejects.toThrow('timeout')
    expect(await (await blocked).text()).toBe('free')
    expect(await livez(port, 5000)).toBe(200)
  })

  it('serves the connections it has when out of file descriptors, and new ones after', async () => {
    await using fn = startFunction({ openFiles: 64 })
    const port = await fn.port
    const first = await connectTo(port)
    const ask = () => first.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
    ask()
    await readUntil(first, 'ok')

    let refused = 0
    const flood = await Promise.all(Array.from({ length: 100 }, () => connectTo(port)))
    for (const socket of flood) {
      socket.on('error', () => {}).once('close', () => refused++)
      socket.resume()
    }
    await expect.poll(() => refused).toBeGreaterThan(36)
    ask()
    expect(await readUntil(first, 'ok')).toContain('HTTP/1.1 200')
    // The first that is logged.
    first.write('GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await readUntil(first, '"requestId"')).toContain('HTTP/1.1 404')

    for (const socket of flood) socket.destroy()
    const next = () => livez(port, 1000).catch(() => 0)
    await expect.poll(next, { timeout: 5000 }).toBe(200)
    fn.child.kill('SIGTERM')
    expect(await fn.ended).toBe(0)
    first.destroy()
  })
})
