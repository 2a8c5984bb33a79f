import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { freePort } from './runtime/test-port.ts'
import { connectTo, readToEnd, readUntil } from './runtime/test-socket.ts'

const MAIN = join(import.meta.dirname, 'main.ts')
/** Longer than signals count as one. */
const ANOTHER_SIGNAL_MS = 1100

const SAMPLE = join(import.meta.dirname, 'image', 'fixtures', 'sample.jpg')

/** What `npm start` runs, on free ports; stopped at the end of the block if it still runs. */
async function startAll(env: Record<string, string> = {}) {
  const [apiPort, imagePort] = [await freePort(), await freePort()]
  const launcher = spawn(process.execPath, [MAIN], {
    env: {
      PORT: String(apiPort),
      IMAGE_FUNCTION_URL: `http://127.0.0.1:${imagePort}`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { text: '' }
  const awaited: { text: string; heard: () => void }[] = []
  const greeted = Promise.withResolvers<void>()
  for (const stream of [launcher.stdout, launcher.stderr]) {
    stream.on('data', (part) => {
      output.text += part
      if (output.text.includes('Ctrl-C stops both')) greeted.resolve()
      for (const { text, heard } of awaited) if (output.text.includes(text)) heard()
    })
  }
  const exited = once(launcher, 'close').then(([code]) => code as number | null)
  return {
    launcher,
    apiPort,
    imagePort,
    output,
    exited,
    /** Resolves when the text was printed. */
    saying: (text: string) =>
      new Promise<void>((heard) => {
        if (output.text.includes(text)) heard()
        awaited.push({ text, heard })
      }),
    greeted: Promise.race([greeted.promise, exited]),
    url: `http://127.0.0.1:${apiPort}/image`,
    post: (body: Uint8Array<ArrayBuffer>) =>
      fetch(`http://127.0.0.1:${apiPort}/image`, { method: 'POST', body }),
    async [Symbol.asyncDispose]() {
      launcher.kill('SIGTERM')
      await exited
    },
  }
}

const sample = async () => new Uint8Array(await readFile(SAMPLE))

/** The process ids of the two functions. */
async function childrenOf({ pid }: ChildProcess): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.trim().split(' ').map(Number)
}

describe('npm start', { timeout: 20_000 }, () => {
  it('makes a 1024x768 one-channel JPEG of a photograph, and stops cleanly on Ctrl-C', async () => {
    await using all = await startAll()
    await all.greeted
    const answer = await all.post(await sample())
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toBe('image/jpeg')
    expect(answer.headers.get('Image-Result')).toBe(
      'width=1024, height=768, channels=1, depth=8, mode="fast"',
    )
    expect(jpegFrame(Buffer.from(await answer.arrayBuffer()))).toEqual({
      width: 1024,
      height: 768,
      channels: 1,
    })

    all.launcher.kill('SIGINT')
    expect(await all.exited).toBe(0)
  })

  // The addresses of 127/8 are all of a Linux machine, and one of them stands for those of its network.
  it.runIf(process.platform === 'linux')('shows the network the api alone', async () => {
    await using all = await startAll()
    await all.greeted
    const probe = (port: number) => fetch(`http://127.0.0.2:${port}/livez`)
    expect((await probe(all.apiPort)).status).toBe(200)
    await expect(probe(all.imagePort)).rejects.toThrow('fetch failed')
    const misplaced = await startAll({ LISTEN_ADDRESS: '192.0.2.1' })
    expect(await misplaced.exited).toBe(1)
    expect(misplaced.output.text).toContain('LISTEN_ADDRESS is no address of this machine')
  })

  it('answers an upload that a Ctrl-C met half way', async () => {
    await using all = await startAll()
    await all.greeted
    const picture = await sample()
    const half = picture.length >> 1
    const socket = await connectTo(all.apiPort)
    const length = `Content-Length: ${picture.length}`
    socket.write(`POST /image HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n${length}\r\n\r\n`)
    // By then the api has read the head, and the request is in flight.
    await readUntil(socket, '100 Continue')
    await new Promise((sent) => socket.write(picture.subarray(0, half), sent))
    // A terminal sends it to every process.
    const pids = await childrenOf(all.launcher)
    for (const pid of [...pids, all.launcher.pid ?? 0]) process.kill(pid, 'SIGINT')
    await all.saying('stopping')
    const answer = readToEnd(socket)
    socket.write(picture.subarray(half))
    expect(await answer).toContain('HTTP/1.1 200')
    expect(await all.exited).toBe(0)
  })

  it('cuts an upload on a second Ctrl-C, and says so once, whoever hands it on', async () => {
    await using all = await startAll()
    await all.greeted
    const socket = await connectTo(all.apiPort)
    socket.on('error', () => {})
    socket.write(
      'POST /image HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n',
    )
    await readUntil(socket, '100 Continue')
    all.launcher.kill('SIGINT')
    await all.saying('stopping')
    await wait(ANOTHER_SIGNAL_MS)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) all.launcher.kill(signal)
    expect(await all.exited).toBe(1)
    expect(all.output.text.match(/Told to stop a second time: .* is cut/g)).toHaveLength(1)
    socket.destroy()
  })

  it('offers a curl line with a picture that exists and the port it listens on', async () => {
    await using all = await startAll()
    await all.greeted
    const [, path = '', port] = /--data-binary @'([^']+)' .* http:\/\/localhost:(\d+)\/image/.exec(
      all.output.text,
    ) ?? ['']
    expect(Number(port)).toBe(all.apiPort)
    expect((await readFile(path)).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]))
  })

  it('logs one JSON line per request and function, with one request id', async () => {
    await using all = await startAll()
    await all.greeted
    const answer = await all.post(await sample())
    all.launcher.kill('SIGINT')
    await all.exited
    const lines = all.output.text
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
      .filter((line) => line.requestId === answer.headers.get('X-Request-Id'))
    expect(lines.map((line) => [line.function, line.status])).toEqual(
      expect.arrayContaining([
        ['api', 200],
        ['image', 200],
      ]),
    )
    expect(lines).toHaveLength(2)
  })

  it('says that a port is in use, stops the other function and exits 1', async () => {
    await using other = await startAll()
    await other.greeted
    await using all = await startAll({ PORT: String(other.apiPort) })
    expect(await all.exited).toBe(1)
    expect(all.output.text).toContain(`Port ${other.apiPort} is in use`)
  })

  it('does not pretend to run an image function that is elsewhere', async () => {
    await using all = await startAll({ IMAGE_FUNCTION_URL: 'http://image.example:8081' })
    expect(await all.exited).toBe(1)
    expect(all.output.text).toContain('IMAGE_FUNCTION_URL is http://image.example:8081')
  })

  it('names a bad variable and exits 1', async () => {
    await using all = await startAll({ SCALE: 'huge' })
    expect(await all.exited).toBe(1)
    expect(all.output.text).toContain('SCALE is "huge"; allowed: none, or WIDTHxHEIGHT')
  })

  it.skipIf(process.platform !== 'linux')(
    'stops the other function and exits 1 when one dies',
    async () => {
      await using all = await startAll()
      await all.greeted
      const [image = 0] = await childrenOf(all.launcher)
      process.kill(image, 'SIGKILL')
      expect(await all.exited).toBe(1)
      await expect(fetch(all.url)).rejects.toThrow('fetch failed')
    },
  )

  it('leaves no function behind when it is killed itself', async () => {
    await using all = await startAll()
    await all.greeted
    all.launcher.kill('SIGKILL')
    // Its pipes close when the last process that holds them is gone.
    await all.exited
    await expect(fetch(all.url)).rejects.toThrow('fetch failed')
  })
})

/** Size and channels in the first frame header of a JPEG. */
function jpegFrame(jpeg: Buffer) {
  let at = 2
  while (jpeg[at + 1] !== 0xc0) at += 2 + jpeg.readUInt16BE(at + 2)
  return {
    height: jpeg.readUInt16BE(at + 5),
    width: jpeg.readUInt16BE(at + 7),
    channels: jpeg[at + 9],
  }
}
