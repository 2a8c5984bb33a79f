import { createLogger } from '../runtime/logger.ts'
import { parseEnv } from '../runtime/parse-env.ts'
import { run } from '../runtime/run.ts'
import { createImageApp } from './app.ts'
import { imageConfigSchema } from './config.ts'

await run(() => {
  const config = parseEnv(imageConfigSchema, process.env)
  const log = createLogger('image', config.LOG_LEVEL)
  return { app: createImageApp(config, log), log, port: config.PORT }
})
