import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { findMinio, HOW_TO_GET_MINIO } from './minio-program.ts'
import { freePort } from './runtime/test-port.ts'

const MAIN = join(import.meta.dirname, 'main-minio.ts')
const SAMPLE = join(import.meta.dirname, 'image', 'fixtures', 'sample.jpg')
const GREETING = 'Ctrl-C stops both'

const program = findMinio()
const isMissing = !program
if (isMissing) console.warn(`Tests with MinIO are left out; to run them: ${HOW_TO_GET_MINIO}`)

const isLinux = process.platform === 'linux'

const skipped = isMissing && !inject('ci')

describe.skipIf(skipped)('npm run start:minio', { timeout: 60_000 }, () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'test-start-minio-'))
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  /** What it runs, on free ports and under a shell as npm has one; stopped with its block. */
  async function startAll(env: Record<string, string> = {}) {
    const ports = { api: await freePort(), image: await freePort(), minio: await freePort() }
    const shell = spawn('/bin/sh', ['-c', '"$0" "$1"; exit $?', process.execPath, MAIN], {
      env: {
        PATH: `${dirname(program ?? '')}:/usr/bin:/bin`,
        PORT: String(ports.api),
        IMAGE_FUNCTION_URL: `http://127.0.0.1:${ports.image}`,
        MINIO_PORT: String(ports.minio),
        MINIO_FOLDER: folder,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, as a terminal gives it.
      detached: true,
    })
    const { pid = 0 } = shell
    const output = { text: '' }
    const awaited: { text: string; heard: () => void }[] = []
    for (const stream of [shell.stdout, shell.stderr]) {
      stream.on('data', (part) => {
        output.text += part
        for (const { text, heard } of awaited) if (output.text.includes(text)) heard()
      })
    }
    // Its pipes close when the last process that holds them is gone, be it MinIO.
    const allGone = once(shell, 'close').then(([code]) => code as number | null)
    return {
      ports,
      output,
      allGone,
      /** Resolves when the text was printed, or never will be. */
      saying: (text: string) =>
        Promise.race([
          allGone,
          new Promise<void>((heard) => {
            if (output.text.includes(text)) heard()
            awaited.push({ text, heard })
          }),
        ]),
      killShell: () => shell.kill('SIGKILL'),
      signalGroup: (signal: NodeJS.Signals) => process.kill(-pid, signal),
      launcherPid: async () => (await childrenOf(pid))[0] ?? 0,
      /** The status of the answer, and whether it came from the store. */
      async post() {
        const body = new Uint8Array(await readFile(SAMPLE))
        const answer = await fetch(`http://127.0.0.1:${ports.api}/image`, { method: 'POST', body })
        await answer.bytes()
        return [answer.status, answer.headers.get('Cache-Status')]
      },
      async [Symbol.asyncDispose]() {
        if (shell.exitCode === null && shell.signalCode === null) process.kill(-pid, 'SIGTERM')
        await allGone
      },
    }
  }

  async function childrenOf(pid: number): Promise<number[]> {
    const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return text.trim().split(' ').map(Number)
  }

  async function expectNothingOn(ports: Record<string, number>) {
    for (const port of Object.values(ports)) {
      await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed')
    }
  }

  it('says where the results are', async () => {
    await using all = await startAll()
    await all.saying(GREETING)
    expect(all.output.text).toContain(`http://127.0.0.1:${all.ports.minio}`)
    expect(all.output.text).toContain('bucket image-preprocessing')
    expect(all.output.text).toContain(folder)
    expect(all.output.text).toContain('Ctrl-C stops all three')
  })

  it('has a result the second time, and in the next run, whatever store a developer uses', async () => {
    const env = {
      STORE: 'none',
      AWS_ACCESS_KEY_ID: 'another',
      AWS_SECRET_ACCESS_KEY: 'another',
      AWS_SESSION_TOKEN: 'another',
      AWS_PROFILE: 'another',
    }
    await using first = await startAll(env)
    await first.saying(GREETING)
    expect(await first.post()).toEqual([200, 'image-api; fwd=miss; stored'])
    expect(await first.post()).toEqual([200, 'image-api; hit'])
    first.signalGroup('SIGINT')
    await first.allGone

    await using second = await startAll(env)
    await second.saying(GREETING)
    expect(await second.post()).toEqual([200, 'image-api; hit'])
  })

  it('leaves nothing running after a Ctrl-C', async () => {
    await using all = await startAll()
    await all.saying(GREETING)
    all.signalGroup('SIGINT')
    await all.allGone
    expect(all.output.text.match(/"msg":"stopped"/g)).toHaveLength(2)
    expect(all.output.text).not.toContain('MinIO ended')
    await expectNothingOn(all.ports)
  })

  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  it.skipIf(!isLinux).each(signals)('exits 0 when %s asks it to stop', async (signal) => {
    await using all = await startAll()
    await all.saying(GREETING)
    process.kill(await all.launcherPid(), signal)
    expect(await all.allGone).toBe(0)
    expect(all.output.text.match(/"msg":"stopped"/g)).toHaveLength(2)
  })

  it('leaves nothing running after its terminal was closed', async () => {
    await using all = await startAll()
    await all.saying(GREETING)
    all.signalGroup('SIGHUP')
    await all.allGone
    await expectNothingOn(all.ports)
  })

  it('leaves nothing running when the shell that started it is killed', async () => {
    await using all = await startAll()
    await all.saying(GREETING)
    all.killShell()
    await all.allGone
    expect(all.output.text.match(/"msg":"stopped"/g)).toHaveLength(2)
    await expectNothingOn(all.ports)
  })

  it.skipIf(!isLinux)('leaves nothing running when it is killed itself', async () => {
    await using all = await startAll()
    await all.saying(GREETING)
    process.kill(await all.launcherPid(), 'SIGKILL')
    await all.allGone
    await expectNothingOn(all.ports)
  })

  it('says that the port of MinIO is in use, starts nothing and exits 1', async () => {
    await using other = await startAll()
    await other.saying(GREETING)
    await using all = await startAll({ MINIO_PORT: String(other.ports.minio) })
    expect(await all.allGone).toBe(1)
    const address = `127.0.0.1:${other.ports.minio}`
    expect(all.output.text).toBe(
      `MinIO cannot start at ${address}: listen EADDRINUSE: address already in use ${address}. ` +
        'Stop what listens there, or choose another port with MINIO_PORT.\n',
    )
  })

  it('starts nothing and exits 1 when MinIO ends before it is ready', async () => {
    const fake = join(folder, 'minio')
    await writeFile(fake, '#!/bin/sh\nexit 3\n')
    await chmod(fake, 0o755)
    await using all = await startAll({ PATH: `${folder}:/usr/bin:/bin` })
    expect(await all.allGone).toBe(1)
    expect(all.output.text).toBe(
      `MinIO was not ready at 127.0.0.1:${all.ports.minio}: ` +
        'it ended with exit code 3; is the port in use?\n',
    )
  })

  it('starts the functions only once MinIO is ready, and stops while it waits', async () => {
    const fake = join(folder, 'minio')
    await writeFile(fake, '#!/bin/sh\necho waiting >&2\nexec tail -f /dev/null\n')
    await chmod(fake, 0o755)
    await using all = await startAll({ PATH: `${folder}:/usr/bin:/bin` })
    await all.saying('waiting')
    all.signalGroup('SIGINT')
    await all.allGone
    expect(all.output.text).toBe('waiting\n')
  })

  it.skipIf(!isLinux)('goes on without the store when MinIO dies, and says so', async () => {
    await using all = await startAll()
    await all.saying(GREETING)
    const [minio = 0] = await childrenOf(await all.launcherPid())
    process.kill(minio, 'SIGKILL')
    await all.saying('MinIO ended with signal SIGKILL; results are not stored now.\n')
    expect((await all.post())[0]).toBe(200)
  })
})
