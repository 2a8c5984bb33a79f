/**
 * Runs both functions on one machine, as two processes on one terminal. Ctrl-C stops both, and when
 * one of them ends by itself the other is stopped; the exit code is 0 only when both were asked to
 * stop and did.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { ENVIRONMENT, NODE_FLAGS } from './process-settings.ts'
import type { ListeningMessage } from './runtime/run.ts'

/** npm hands a Ctrl-C on that the terminal has sent to us as well; a second one comes later. */
const SAME_CTRL_C_MS = 1000

const imageFunctionUrl = process.env.IMAGE_FUNCTION_URL || 'http://127.0.0.1:8081'

if (!isThisMachine(imageFunctionUrl)) {
  console.error(
    `npm start runs the image function on this machine; IMAGE_FUNCTION_URL is ${imageFunctionUrl}. ` +
      'Leave it out, or start the api alone: node functions/api/main.ts',
  )
  process.exit(1)
}

const environment = {
  ...ENVIRONMENT,
  // Types are stripped once, not at each start.
  NODE_COMPILE_CACHE: join(import.meta.dirname, '..', 'node_modules', '.cache', 'node'),
  ...process.env,
}

const image = start('image', { ...environment, PORT: portOf(imageFunctionUrl) })
const api = start('api', { ...environment, IMAGE_FUNCTION_URL: imageFunctionUrl })
const children = [image, api]

let askedMs = Number.POSITIVE_INFINITY
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    const impatient = performance.now() - askedMs > SAME_CTRL_C_MS
    stop(impatient ? 'SIGKILL' : 'SIGTERM')
    askedMs = Math.min(askedMs, performance.now())
  })
}

const exits = children.map(exitCode)
void Promise.all(children.map(listening)).then(greet)

await Promise.race(exits)
stop('SIGTERM')
const codes = await Promise.all(exits)
const asked = Number.isFinite(askedMs)
if (!asked) console.error(`\nOne function ended by itself (exit codes ${codes}); both are stopped.`)
process.exitCode = asked && codes.every((code) => code === 0) ? 0 : 1

function start(name: 'api' | 'image', env: NodeJS.ProcessEnv): ChildProcess {
  const main = join(import.meta.dirname, name, 'main.ts')
  return spawn(process.execPath, [...NODE_FLAGS, main], {
    env,
    // The channel tells us when it listens, and tells it when we are gone.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

/** A URL that is none is for the api to refuse, which names it better. */
function isThisMachine(url: string): boolean {
  if (!URL.canParse(url)) return true
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)
}

function portOf(url: string): string {
  return (URL.canParse(url) && new URL(url).port) || '80'
}

async function listening(child: ChildProcess): Promise<number> {
  const [message] = await once(child, 'message')
  return (message as ListeningMessage).listeningOn
}

/** The code a process exits with; what a signal ended has none. */
async function exitCode(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'exit')
  return code as number | null
}

function stop(signal: NodeJS.Signals): void {
  for (const child of children) child.kill(signal)
}

function greet([imagePort, apiPort]: number[]): void {
  const sample = join(import.meta.dirname, 'image', 'fixtures', 'sample.jpg')
  console.log(`
  image  http://localhost:${imagePort}   private: bytes and options in, bytes out
  api    http://localhost:${apiPort}   public: POST /image

  Try it from another terminal, with this picture or your own:

  curl --data-binary @'${sample}' -H 'Content-Type: image/jpeg' http://localhost:${apiPort}/image -o out.jpg

  Ctrl-C stops both.
`)
}
