import { createLogger } from '../runtime/logger.ts'
import { parseEnv } from '../runtime/parse-env.ts'
import { run } from '../runtime/run.ts'
import { createImageApp } from './app.ts'
import { imageConfigSchema } from './config.ts'
import { createImageWorkers } from './image-workers.ts'

/** Runs the image function with these variables until it is told to stop. */
export async function runImage(env: NodeJS.ProcessEnv): Promise<void> {
  await run(() => {
    const config = parseEnv(imageConfigSchema, env)
    const log = createLogger('image', config.LOG_LEVEL)
    const workers = createImageWorkers(config.SLOTS, log)
    const app = createImageApp(config, log, workers.process)
    const { LISTEN_ADDRESS: address, PORT: port } = config
    return { app, log, address, port, afterListening: workers.start }
  })
}
