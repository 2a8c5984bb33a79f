/**
 * Makes the bucket of the results when it is missing, and ends: for a cluster, where a job does so once.
 * The server may still be starting, so it is asked for two minutes, but no longer once it refuses the
 * credentials; then what is wrong is one sentence and the exit code 1.
 */
import { createLogger } from '../runtime/logger.ts'
import { ConfigurationError, parseEnv } from '../runtime/parse-env.ts'
import { openBucket } from './bucket.ts'
import { apiConfigSchema } from './config.ts'
import { keepTrying } from './keep-trying.ts'
import { isRefusal } from './s3-errors.ts'

const PATIENCE_MS = 120_000
const PAUSE_MS = 1000

try {
  await makeBucket()
} catch (error) {
  console.error(sentenceOf(error))
  process.exitCode = 1
}

async function makeBucket(): Promise<void> {
  const config = parseEnv(apiConfigSchema, process.env)
  const { S3_ENDPOINT: endpoint, S3_BUCKET: name } = config
  if (!endpoint || !name) throw new ConfigurationError('Name S3_ENDPOINT and S3_BUCKET.')
  const log = createLogger('bucket', config.LOG_LEVEL)
  const { S3_REGION: region, S3_TIMEOUT_MS: timeoutMs } = config
  const bucket = openBucket({ endpoint, bucket: name, region, timeoutMs, createBucket: true, log })
  await keepTrying(bucket.find, {
    forMs: PATIENCE_MS,
    pauseMs: PAUSE_MS,
    isFinal: isRefusal,
    onFirstFailure: (err) => log.info({ err, forMs: PATIENCE_MS }, 'no bucket yet; trying again'),
  })
  log.info({ endpoint, bucket: name }, 'the bucket is there')
  bucket.close()
}

/** What failed, and why. */
function sentenceOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
