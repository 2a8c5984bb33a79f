import { constants } from 'node:os'
import { demo } from './demo.ts'
import { dispatch } from './dispatch.ts'
import { load } from './load.ts'
import { send } from './send.ts'
import { createSign } from './sign.ts'

// npm runs a script in the project's folder; paths are meant from where npm was called.
const { npm_lifecycle_event: npmScript, INIT_CWD: calledFrom } = process.env
const { IMAGE_API_KEY: apiKey, URL_SIGNING_KEY: urlSigningKey } = process.env
if (npmScript === 'client' && calledFrom) process.chdir(calledFrom)

const { stdout, stderr } = process
const stop = new AbortController()
let stoppedBy: keyof typeof constants.signals | undefined
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // Once: a second Ctrl-C ends the process whatever it is doing.
  process.once(signal, () => stopBecause(signal))
}
for (const stream of [stdout, stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read the lines is gone, such as `head`; other tools end by this signal.
    if (error.code === 'EPIPE') stopBecause('SIGPIPE')
    else throw error
  })
}

const exitCode = await dispatch(
  process.argv.slice(2),
  { demo, load, send, sign: createSign() },
  { stdout, stderr, signal: stop.signal, apiKey, urlSigningKey },
)
process.exitCode = stoppedBy ? 128 + constants.signals[stoppedBy] : exitCode

function stopBecause(signal: keyof typeof constants.signals): void {
  stoppedBy ??= signal
  stop.abort()
}
