/** A real MinIO on a port and in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { findMinio, HOW_TO_GET_MINIO } from '../minio-program.ts'
import { freePort } from '../runtime/test-port.ts'

export type Minio = AsyncDisposable & {
  endpoint: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  /** Where its objects are: `<folder>/<bucket>/<name of the object>/`. */
  folder: string
  /** Starts it again, at the same address and in the same folder. */
  start: () => Promise<void>
  /** Ends it as a pulled plug does. */
  kill: () => Promise<void>
}

const STARTED = 'API: http'

/**
 * Starts one, which ends with the block that holds it with `await using`. Its disk refuses to write
 * more than `maxFileBytes`, a multiple of 512, into one file, as a full one refuses all.
 */
export async function startMinio({ maxFileBytes = 0 } = {}): Promise<Minio> {
  const program = findMinio()
  if (!program) throw new Error(`MinIO is not installed; ${HOW_TO_GET_MINIO}`)
  const folder = await mkdtemp(join(tmpdir(), 'test-minio-'))
  const credentials = { accessKeyId: 'test-user', secretAccessKey: 'test-secret' }
  const address = `127.0.0.1:${await freePort()}`
  const env = {
    // Whoever runs the tests may have a configuration at home.
    HOME: folder,
    MINIO_ROOT_USER: credentials.accessKeyId,
    MINIO_ROOT_PASSWORD: credentials.secretAccessKey,
    MINIO_BROWSER: 'off',
    MINIO_UPDATE: 'off',
  }
  let running: ChildProcess | undefined
  const end = () => running?.kill('SIGKILL')
  process.once('exit', end)

  async function start(): Promise<void> {
    const limit = maxFileBytes === 0 ? '' : `ulimit -f ${maxFileBytes / 512} && `
    const args = [program ?? '', 'server', folder, '--address', address]
    running = await run(['-c', `${limit}exec "$0" "$@"`, ...args], env)
  }

  async function kill(): Promise<void> {
    if (!running) return
    const ended = once(running, 'exit')
    running.kill('SIGKILL')
    running = undefined
    await ended
  }

  await start()
  return {
    endpoint: `http://${address}`,
    credentials,
    folder,
    start,
    kill,
    async [Symbol.asyncDispose]() {
      await kill()
      process.off('exit', end)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Changes one file of an object, `<bucket>/<name>`, where MinIO keeps it. */
export async function damageObject(
  minio: Minio,
  object: string,
  file: string,
  damage: (bytes: Buffer) => Buffer,
): Promise<void> {
  const folder = join(minio.folder, object)
  const files = await readdir(folder, { recursive: true })
  const path = join(folder, files.find((name) => name.endsWith(file)) ?? '')
  await writeFile(path, damage(await readFile(path)))
}

/** Turns all bits of one byte, from the end when it is negative. */
export function flipped(at: number): (file: Buffer) => Buffer {
  return (file) => {
    const changed = Buffer.from(file)
    const index = at < 0 ? file.length + at : at
    changed[index] = (changed[index] ?? 0) ^ 0xff
    return changed
  }
}

function run(args: string[], env: Record<string, string>): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    createInterface(child.stderr).on('line', (line) => {
      said += `${line}\n`
      if (line.startsWith(STARTED)) resolve(child)
    })
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`MinIO ended: ${said}`)))
  })
}
