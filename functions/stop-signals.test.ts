import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it } from 'vitest'

/** Stops where a main begins to load the rest, tells, and waits for what comes meanwhile. */
const PAUSE = `
  import { registerHooks } from 'node:module'
  registerHooks({
    resolve(specifier, context, next) {
      if (/run-(api|image).ts$/.test(specifier)) {
        process.send('loading')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
      }
      return next(specifier, context)
    },
  })
`

it.each(['api', 'image'])('the %s, told to stop while it is loaded, exits 0', async (name) => {
  const pause = `data:text/javascript,${encodeURIComponent(PAUSE)}`
  const main = join(import.meta.dirname, name, 'main.ts')
  const fn = spawn(process.execPath, ['--import', pause, main], {
    env: { PORT: '0', IMAGE_FUNCTION_URL: 'http://127.0.0.1:9' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = once(fn, 'exit')
  expect((await once(fn, 'message'))[0]).toBe('loading')
  fn.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})
