/**
 * Runs both functions with their results in a MinIO on this machine: `npm run start:minio`. What is
 * stored stays in a folder between two runs. Ctrl-C stops all three, MinIO last.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { endOf, whenOrphaned } from './launcher.ts'
import { findMinio, HOW_TO_GET_MINIO } from './minio-program.ts'

const HOST = '127.0.0.1'
const PORT = process.env.MINIO_PORT || '9000'
const ENDPOINT = `http://${HOST}:${PORT}`
const BUCKET = 'image-preprocessing'
/** Not in node_modules, which `npm ci` deletes. */
const FOLDER = process.env.MINIO_FOLDER || join(import.meta.dirname, '..', '.minio')
const READY_TIMEOUT_MS = 30_000

/** Of a server that only this machine reaches, for one person to try the service. */
const CREDENTIALS = { user: 'image-preprocessing', password: 'image-preprocessing' }

if (!/^\d{1,5}$/.test(PORT) || Number(PORT) < 1 || Number(PORT) > 65_535) {
  console.error(`MINIO_PORT is ${JSON.stringify(PORT)}; allowed: a whole number from 1 to 65535.`)
  process.exit(1)
}
const program = findMinio()
if (!program) {
  console.error(`MinIO is not on this machine; to get it: ${HOW_TO_GET_MINIO}`)
  process.exit(1)
}
// Or the one that listens there would answer for ours until ours has ended.
const taken = await whyNotFree()
if (taken) {
  console.error(
    `MinIO cannot start at ${HOST}:${PORT}: ${taken}. ` +
      'Stop what listens there, or choose another port with MINIO_PORT.',
  )
  process.exit(1)
}
makeFolder()

let both: ChildProcess | undefined
const asked = Promise.withResolvers<void>()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
whenOrphaned(stop)

const minio = startMinio(program)
const minioEnded = endOf(minio)
endWithUs(minio)

const failure = await Promise.race([
  whyNotReady(),
  minioEnded.then((how) => `it ended with ${how}; is the port in use?`),
  asked.promise.then(() => 'stopped'),
])
if (failure) {
  minio.kill('SIGTERM')
  await minioEnded
  if (failure === 'stopped') process.exit(0)
  console.error(`MinIO was not ready at ${HOST}:${PORT}: ${failure}`)
  process.exit(1)
}

console.log(`
  minio  ${ENDPOINT}   bucket ${BUCKET}, kept between runs in ${FOLDER}; Ctrl-C stops all three`)
both = startBoth()
void minioEnded.then((how) => {
  if (isRunning(both)) console.error(`MinIO ended with ${how}; results are not stored now.`)
})
const [exitCode] = await once(both, 'exit')
minio.kill('SIGTERM')
await minioEnded
process.exitCode = exitCode ?? 1

function makeFolder(): void {
  try {
    mkdirSync(FOLDER, { recursive: true })
  } catch (error) {
    console.error(`MINIO_FOLDER is ${FOLDER}, which cannot be made: ${(error as Error).message}.`)
    process.exit(1)
  }
}

function stop(): void {
  asked.resolve()
  both?.kill('SIGTERM')
}

/** In a process group of its own: a Ctrl-C would end it while results are still on their way. */
function startMinio(program: string): ChildProcess {
  return spawn(program, ['server', FOLDER, '--address', `${HOST}:${PORT}`, '--quiet'], {
    // Without the variables and the home of a developer who has another MinIO.
    env: {
      HOME: FOLDER,
      MINIO_ROOT_USER: CREDENTIALS.user,
      MINIO_ROOT_PASSWORD: CREDENTIALS.password,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  })
}

/** Ends a process when this one ends, even of SIGKILL: then a pipe closes that a shell reads. */
function endWithUs(child: ChildProcess): void {
  const guard = spawn('sh', ['-c', 'read -r _; kill "$0"', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  child.once('exit', () => guard.kill('SIGKILL'))
}

function startBoth(): ChildProcess {
  // A developer has some for another store.
  const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))
  return spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: {
      ...Object.fromEntries(environment),
      STORE: 's3',
      S3_ENDPOINT: ENDPOINT,
      S3_BUCKET: BUCKET,
      S3_CREATE_BUCKET: 'true',
      AWS_ACCESS_KEY_ID: CREDENTIALS.user,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.password,
    },
    stdio: 'inherit',
  })
}

function isRunning(child: ChildProcess | undefined): boolean {
  return child?.exitCode === null && child.signalCode === null
}

/** Nothing, or why the port cannot be listened on. */
async function whyNotFree(): Promise<string | undefined> {
  try {
    const server = createServer().listen({ host: HOST, port: PORT })
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Resolves to nothing once MinIO answers, and to a reason when that takes too long. */
async function whyNotReady(): Promise<string | undefined> {
  const signal = AbortSignal.timeout(READY_TIMEOUT_MS)
  const isLive = () =>
    fetch(`${ENDPOINT}/minio/health/live`, { signal }).then(
      ({ status }) => status === 200,
      () => false,
    )
  while (!(await isLive())) {
    if (signal.aborted) return `no answer within ${READY_TIMEOUT_MS / 1000} s`
    await setTimeout(50)
  }
  return undefined
}
