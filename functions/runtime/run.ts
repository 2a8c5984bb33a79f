import type { Hono } from 'hono'
import type { AppEnv } from './app.ts'
import type { Logger } from './logger.ts'
import { ConfigurationError } from './parse-env.ts'
import { serve } from './serve.ts'
import { onStopSignal } from './stop-signals.ts'

/** What the launcher of several functions hears from one of them once it listens. */
export type ListeningMessage = { listeningOn: number }

/**
 * What a function is made of. What it does after listening delays no first answer; what it does before
 * it exits comes after the last one, and is bounded in time.
 */
export type RunningParts = {
  app: Hono<AppEnv>
  log: Logger
  /** An address of this machine, and a port there; 0 takes a free one. */
  address: string
  port: number
  afterListening?: () => void
  beforeExit?: () => Promise<void>
}

/** A group of processes that is told to stop hears it at once from its supervisor and from its launcher. */
const SAME_SIGNAL_MS = 1000

/**
 * Runs a function until it is told to stop: SIGTERM (Knative), SIGINT (Ctrl-C), or the launcher that
 * started it going away. Then it finishes what is in flight and exits 0. Told again later than a second
 * after that, it says what it cuts, cuts it and exits 1. What keeps it from starting is one sentence on
 * standard error and exit code 1; told to stop while it starts, it exits 0 at once.
 *
 * A bug that nothing caught is one line in the log and exit code 1, without waiting for what is in flight:
 * nobody knows what state it left. Whoever runs the function starts another.
 */
export async function run(create: () => RunningParts | Promise<RunningParts>): Promise<void> {
  const stop = Promise.withResolvers<string>()
  process.once('disconnect', () => stop.resolve('the launcher went away'))

  const { log, server, afterListening, beforeExit } = await start(create)
  let toldMs = Number.POSITIVE_INFINITY
  onStopSignal((signal) => {
    if (performance.now() - toldMs > SAME_SIGNAL_MS) {
      const members = { reason: signal, inFlight: server.inFlight() }
      log.error(members, 'told to stop a second time: what is in flight or being stored is cut')
      process.exit(1)
    }
    toldMs = Math.min(toldMs, performance.now())
    stop.resolve(signal)
  })
  process.on('uncaughtException', (err, origin) => {
    log.error({ err, origin }, 'a bug ended the process')
    process.exit(1)
  })
  if (process.send) process.send({ listeningOn: server.port } satisfies ListeningMessage)
  else log.info({ port: server.port }, 'listening')
  afterListening?.()

  const reason = await stop.promise
  log.info({ reason }, 'stopping: no new requests, those in flight are finished')
  await server.drain()
  await beforeExit?.()
  log.info({}, 'stopped')
  process.exit(0)
}

async function start(create: () => RunningParts | Promise<RunningParts>) {
  try {
    const { app, address, port, ...rest } = await create()
    return { ...rest, server: await serve(app, { address, port }, rest.log) }
  } catch (error) {
    console.error(startFailure(error))
    process.exit(1)
  }
}

const CHOOSE = 'PORT; under npm start the image function has the port of IMAGE_FUNCTION_URL'

function startFailure(error: unknown): unknown {
  if (error instanceof ConfigurationError) return error.message
  if (!(error instanceof Error && 'code' in error && 'port' in error)) return error
  if (error.code === 'EADDRINUSE') {
    return `Port ${error.port} is in use; stop what listens there, or choose another (${CHOOSE}).`
  }
  if (error.code === 'EADDRNOTAVAIL') {
    return 'LISTEN_ADDRESS is no address of this machine; 127.0.0.1 and 0.0.0.0 always are.'
  }
  if (error.code === 'EACCES') {
    return `Port ${error.port} needs privileges; choose another (${CHOOSE}).`
  }
  return error
}
