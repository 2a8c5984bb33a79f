import { createLogger } from '../runtime/logger.ts'
import { parseEnv } from '../runtime/parse-env.ts'
import { run } from '../runtime/run.ts'
import { createApiApp } from './app.ts'
import { apiConfigSchema } from './config.ts'

await run(() => {
  const config = parseEnv(apiConfigSchema, process.env)
  const log = createLogger('api', config.LOG_LEVEL)
  return { app: createApiApp(config, log), log, port: config.PORT }
})
