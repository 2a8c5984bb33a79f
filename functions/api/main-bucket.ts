/**
 * Makes the bucket of the results when it is missing, and ends: for a cluster, where a job does so once.
 * The server may still be starting, so it is asked for two minutes; then what is wrong is one sentence
 * and the exit code 1.
 */
import { setTimeout } from 'node:timers/promises'
import { createLogger } from '../runtime/logger.ts'
import { ConfigurationError, parseEnv } from '../runtime/parse-env.ts'
import { openBucket } from './bucket.ts'
import { apiConfigSchema } from './config.ts'

const TRIES = 120
const PAUSE_MS = 1000

try {
  await makeBucket()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function makeBucket(): Promise<void> {
  const config = parseEnv(apiConfigSchema, process.env)
  const { S3_ENDPOINT: endpoint, S3_BUCKET: name } = config
  if (!endpoint || !name) throw new ConfigurationError('Name S3_ENDPOINT and S3_BUCKET.')
  const log = createLogger('bucket', config.LOG_LEVEL)
  const { S3_REGION: region, S3_TIMEOUT_MS: timeoutMs } = config
  const bucket = openBucket({ endpoint, bucket: name, region, timeoutMs, createBucket: true, log })
  await untilItWorks(bucket.find)
  log.info({ endpoint, bucket: name }, 'the bucket is there')
  bucket.close()
}

async function untilItWorks(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries === TRIES) throw error
      await setTimeout(PAUSE_MS)
    }
  }
}
