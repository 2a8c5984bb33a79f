/**
 * Runs both functions on one machine, as two processes on one terminal. Ctrl-C stops both, and when
 * one of them ends by itself the other is stopped; the exit code is 0 only when both were asked to
 * stop and did.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { endOf, whenOrphaned } from './launcher.ts'
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

// It asks for no key: nobody but the api on this machine is to reach it.
const image = start('image', {
  ...environment,
  LISTEN_ADDRESS: '127.0.0.1',
  PORT: portOf(imageFunctionUrl),
})
const api = start('api', { ...environment, IMAGE_FUNCTION_URL: imageFunctionUrl })

let askedMs = Number.POSITIVE_INFINITY
let isCut = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
whenOrphaned(stop)

void Promise.all([image, api].map(({ child }) => listening(child))).then(greet)

// The api stops first: what it still has to answer needs the image function.
const first = await Promise.race([image.ended, api.ended])
const asked = Number.isFinite(askedMs)
// Told a second time, it would cut what is in flight.
if (!asked) api.child.kill('SIGTERM')
await api.ended
image.child.kill('SIGTERM')
const ends = await Promise.all([image.ended, api.ended])
if (!asked)
  console.error(`\nThe ${first.name} function ended by itself (${first.how}); both are stopped.`)
process.exitCode = asked && ends.every(({ how }) => how === 'exit code 0') ? 0 : 1

/** Asks both to stop, the api first; asked again by an impatient person, ends both at once. */
function stop(): void {
  if (!Number.isFinite(askedMs)) {
    askedMs = performance.now()
    api.child.kill('SIGTERM')
  } else if (!isCut && performance.now() - askedMs > SAME_CTRL_C_MS) {
    isCut = true
    console.error(
      '\nTold to stop a second time: both functions are ended, and what they work on is cut.',
    )
    for (const { child } of [api, image]) child.kill('SIGKILL')
  }
}

type End = { name: string; how: string }
type Started = { child: ChildProcess; ended: Promise<End> }

function start(name: 'api' | 'image', env: NodeJS.ProcessEnv): Started {
  const main = join(import.meta.dirname, name, 'main.ts')
  const child = spawn(process.execPath, [...NODE_FLAGS, main], {
    env,
    // The channel tells us when it listens, and tells it when we are gone.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ended = endOf(child).then((how) => ({ name, how }))
  return { child, ended }
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

function greet([imagePort, apiPort]: number[]): void {
  const whom = process.env.API_KEYS
    ? 'whoever has a key'
    : 'everybody who reaches it, without a key'
  const sample = join(import.meta.dirname, 'image', 'fixtures', 'sample.jpg')
  console.log(`
  image  http://localhost:${imagePort}   private: bytes and options in, bytes out
  api    http://localhost:${apiPort}   public: POST /image, for ${whom}

  Try it from another terminal, with this picture or your own:

  curl --data-binary @'${sample}' -H 'Content-Type: image/jpeg' http://localhost:${apiPort}/image -o out.jpg

  Ctrl-C stops both.
`)
}
