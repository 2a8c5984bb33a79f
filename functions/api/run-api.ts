import { createLogger } from '../runtime/logger.ts'
import { parseEnv } from '../runtime/parse-env.ts'
import { run } from '../runtime/run.ts'
import { createApiApp } from './app.ts'
import { apiConfigSchema } from './config.ts'
import { createResults } from './results.ts'

/** Runs the api with these variables until it is told to stop. */
export async function runApi(env: NodeJS.ProcessEnv): Promise<void> {
  await run(async () => {
    const config = parseEnv(apiConfigSchema, env)
    const log = createLogger('api', config.LOG_LEVEL)
    const results = await createResults(config, log)
    const app = createApiApp(config, log, results)
    const { prepare, drain } = results
    const { LISTEN_ADDRESS: address, PORT: port } = config
    return { app, log, address, port, afterListening: prepare, beforeExit: drain }
  })
}
