import type { Logger } from '../runtime/logger.ts'
import { ConfigurationError } from '../runtime/parse-env.ts'
import type { ApiConfig } from './config.ts'
import { createObtainResult, type ObtainResult } from './obtain-result.ts'
import type { ResultStore } from './result-store.ts'
import { createMemoryResultStore } from './result-store-memory.ts'
import type { SourceStore } from './source-store.ts'
import { createMemorySourceStore } from './source-store-memory.ts'
import { createSources, type Sources } from './sources.ts'
import { createStoreWriter } from './store-writer.ts'
import { createWriteBehindStore } from './write-behind-store.ts'

/** Results as the routes see them: those that are stored, how one is come by, and what of. */
export type Results = ObtainResult & {
  store: ResultStore | undefined
  /** Sources that are or were kept, where there is a place for them. */
  sources: Sources | undefined
  /** Finds the bucket, or makes it when it may; what is wrong with it is logged. */
  prepare: () => void
  /** Resolves when what is being stored is stored, or can no longer be. */
  drain: () => Promise<void>
}

/** What writes may take when the function stops, of which several may wait. */
export const STORE_DRAIN_TIMEOUT_MS = 10_000

/**
 * How long the memory before a bucket answers without asking it: a result that another process has
 * deleted there is gone here after that. A hot result costs the bucket one read in this time.
 */
const FRONT_LIFE_MS = 60_000

/**
 * The results of a function. Throws ConfigurationError when STORE=s3 has no bucket named, and when
 * sources are to be kept where nothing is.
 */
export async function createResults(config: ApiConfig, log: Logger): Promise<Results> {
  const { store, sourceStore, prepare } = await createStores(config, log)
  const writer = store && createStoreWriter(store, 'result', log)
  const allStored = store && writer && createWriteBehindStore(store, writer)
  const sources = sourceStore && createSources(sourceStore, log)
  return {
    store: allStored,
    ...createObtainResult(allStored, writer),
    sources,
    prepare,
    async drain() {
      await Promise.all([
        writer?.drain(STORE_DRAIN_TIMEOUT_MS),
        sources?.drain(STORE_DRAIN_TIMEOUT_MS),
      ])
    },
  }
}

type Stores = Pick<Results, 'store' | 'prepare'> & { sourceStore: SourceStore | undefined }

async function createStores(config: ApiConfig, log: Logger): Promise<Stores> {
  switch (config.STORE) {
    case 'none':
      return withoutStores(config)
    case 'memory':
      return createMemoryStores(config)
    case 's3':
      return await createBucketStores(config, log)
  }
}

function withoutStores({ KEEP_SOURCES }: ApiConfig): Stores {
  if (KEEP_SOURCES) {
    throw new ConfigurationError(
      'KEEP_SOURCES is true, but STORE=none keeps nothing; set STORE to memory or s3.',
    )
  }
  return { store: undefined, sourceStore: undefined, prepare: () => {} }
}

/** Sources take a half of the memory, so that it is bounded by the same number. */
function createMemoryStores({ KEEP_SOURCES, STORE_MEMORY_BYTES: all }: ApiConfig): Stores {
  const maxBytes = KEEP_SOURCES ? Math.floor(all / 2) : all
  return {
    store: createMemoryResultStore(maxBytes),
    sourceStore: KEEP_SOURCES ? createMemorySourceStore(maxBytes) : undefined,
    prepare: () => {},
  }
}

/** A bucket, left alone while it fails; its results are behind the memory of this process. */
async function createBucketStores(config: ApiConfig, log: Logger): Promise<Stores> {
  const { S3_ENDPOINT: endpoint, S3_BUCKET: name } = config
  if (!endpoint || !name) {
    throw new ConfigurationError('STORE=s3 needs S3_ENDPOINT and S3_BUCKET; name both.')
  }
  // Loading the SDK takes as long as all the rest: only who uses it waits for it.
  const [{ openBucket }, results, sources, guarded, { createLayeredStore }] = await Promise.all([
    import('./bucket.ts'),
    import('./result-store-s3.ts'),
    import('./source-store-s3.ts'),
    import('./guarded-store.ts'),
    import('./layered-store.ts'),
  ])
  const bucket = openBucket({
    endpoint,
    bucket: name,
    region: config.S3_REGION,
    timeoutMs: config.S3_TIMEOUT_MS,
    createBucket: config.S3_CREATE_BUCKET,
    log,
  })
  return {
    store: createLayeredStore(
      createMemoryResultStore(config.STORE_MEMORY_BYTES, FRONT_LIFE_MS),
      guarded.createGuardedStore(results.createS3ResultStore(bucket), log),
    ),
    sourceStore: guarded.createGuardedSourceStore(sources.createS3SourceStore(bucket), log),
    prepare() {
      bucket.prepare().catch((error: Error) => log.error({}, error.message))
    },
  }
}
