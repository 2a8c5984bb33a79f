/** A function as a process of its own, for what happens to a whole process. */
import { createApp } from './app.ts'
import { answered } from './client-signal.ts'
import { createLogger } from './logger.ts'
import { readBody } from './read-body.ts'
import { run } from './run.ts'

/** What the test hears beside where the function listens. */
const tell = (what: string) => process.send?.({ what })

await run(async () => {
  if (process.argv[2] === 'never-starts') {
    tell('starting')
    await new Promise(() => {})
  }
  const app = createApp(createLogger('test', 'info'))
  app.post('/', async (c) => {
    tell('uploading')
    const { byteLength } = await readBody(c.env.incoming, 1_000_000)
    return c.text(`${byteLength} bytes`)
  })
  app.get('/block', () => {
    tell('blocked')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500)
    return new Response('free')
  })
  app.get('/throw', (c) => {
    void answered(c.env.outgoing).then(() => setImmediate(thrown))
    return c.text('soon')
  })
  app.get('/reject', (c) => {
    void answered(c.env.outgoing).then(thrown)
    return c.text('soon')
  })
  const beforeExit = async () => {
    tell('storing')
    if (process.argv[2] === 'never-stored')
      await new Promise((passed) => setTimeout(passed, 60_000))
  }
  return { app, log: createLogger('test', 'info'), address: '127.0.0.1', port: 0, beforeExit }
})

function thrown(): never {
  throw new Error('nobody caught this')
}
