import { describe, expect, it } from 'vitest'
import { apiConfigSchema } from '../functions/api/config.ts'
import { STORE_DRAIN_TIMEOUT_MS } from '../functions/api/results.ts'
import { type ImageConfig, imageConfigSchema } from '../functions/image/config.ts'
import { GRACE_MS } from '../functions/image/image-workers.ts'
import { BYTES_PER_PIXEL } from '../functions/image/result-limits.ts'
import { createHeldBytes } from '../functions/runtime/held-bytes.ts'
import { parseEnv } from '../functions/runtime/parse-env.ts'
import { DRAIN_TIMEOUT_MS } from '../functions/runtime/serve.ts'
import { SERVER_LIMITS } from '../functions/runtime/server-limits.ts'
import { type Container, manifestOf } from './manifests.ts'
import { containersOf, environmentOf, functionOf, MANIFEST_SETS } from './test-manifests.ts'

/** Variables that are not the function's own, and who reads them. */
const OTHER_VARIABLES = new Set([
  'UV_THREADPOOL_SIZE', // libuv, before the first line of code
  'AWS_ACCESS_KEY_ID', // the AWS SDK
  'AWS_SECRET_ACCESS_KEY',
  'AWS_EC2_METADATA_DISABLED',
])

/** How long Knative's proxy waits for stragglers before it lets a pod end. */
const PROXY_DRAIN_MS = 30_000

/** As measured after the start with one thread: 140 to 145 MB. */
const IMAGE_AT_REST_BYTES = 150e6

/**
 * Bytes for each pixel of MAX_SOURCE_PIXELS at the worst of a source, which decodes to BYTES_PER_SOURCE_PIXEL
 * of them at most. The most that were measured, each in a process of its own, are 24.4: an AVIF of 12 bits with
 * 4:4:4 (the frame of its decoder, the same put together, and RGB), and 37.5 megapixels of TIFF with gray and
 * alpha as 32-bit numbers in one strip each, to be turned and converted. Three such strips of 16 bits take 20, a PNG 12.
 */
const WORST_BYTES_PER_PIXEL = 26

/** Of those, what the image before may still hold when the next begins, where it failed: inks, or RGB. */
const LEFT_BYTES_PER_PIXEL = 4

/** The largest result is there as levels, as numbers and as a file, and the one before may still be. */
const RESULTS_AT_ONCE = 4

function worstImageBytes(config: ImageConfig): number {
  return (
    config.MAX_SOURCE_PIXELS * (WORST_BYTES_PER_PIXEL + LEFT_BYTES_PER_PIXEL) +
    config.MAX_RESULT_PIXELS * BYTES_PER_PIXEL * RESULTS_AT_ONCE
  )
}

/** What the autoscaler aims at: of a soft and a hard limit, if there are both, the smaller. */
function targetOf({ annotation, spec }: ReturnType<typeof functionOf>): number {
  return Math.min(Number(annotation('target')), spec.containerConcurrency)
}

/** With a bucket, after 500 images. */
const API_AT_REST_BYTES = 150e6

describe.each(MANIFEST_SETS)('numbers of $name', (set) => {
  const api = functionOf(set, 'api')
  const image = functionOf(set, 'image')
  const apiConfig = parseEnv(apiConfigSchema, api.env)
  const imageConfig = parseEnv(imageConfigSchema, image.env)
  const job = manifestOf(set, 'batch/v1 Job', 'minio-bucket')

  describe('in the environment', () => {
    it.each([
      ['api', api.container, apiConfigSchema],
      ['image', image.container, imageConfigSchema],
      ['bucket', containersOf(job)[0], apiConfigSchema],
    ] as const)(
      'of %s has only variables that are read, and values that are allowed',
      (_, container, schema) => {
        const names = container?.env?.map(({ name }) => name) ?? []
        expect(
          names.filter((name) => !(name in schema.shape) && !OTHER_VARIABLES.has(name)),
        ).toEqual([])
        expect(new Set(names).size).toBe(names.length)
        expect(() => parseEnv(schema, environmentOf(container as Container))).not.toThrow()
      },
    )

    it('fails with an option that the api would not start with', () => {
      expect(() => parseEnv(apiConfigSchema, { ...api.env, SCALE: '1024*768' })).toThrow('SCALE')
    })
  })

  describe('between them', () => {
    it('let Knative send an image function as many requests as it works on', () => {
      expect(image.spec.containerConcurrency).toBe(imageConfig.SLOTS)
    })

    it('give the image function a thread for each image and one for files', () => {
      expect(image.env.UV_THREADPOOL_SIZE).toBe(String(imageConfig.SLOTS + 1))
    })

    it('start a pod of the image function when all are busy, not sooner', () => {
      // Up to 3 the activator looks for the first pod with a free place; from 4 on it takes turns.
      expect(image.spec.containerConcurrency).toBeLessThanOrEqual(3)
      expect(image.annotation('target-utilization-percentage')).toBe('100')
      expect(image.annotation('target-burst-capacity')).toBe('-1')
    })

    it('refuse in the api what the image functions cannot take', () => {
      expect(apiConfig.IMAGE_FUNCTION_CALLS).toBeLessThan(api.spec.containerConcurrency)
    })

    it('start a pod of the api before those that there are refuse anything', () => {
      const target = targetOf(api)
      const utilization = Number(api.annotation('target-utilization-percentage')) / 100
      expect(target * utilization).toBeGreaterThan(1)
      expect(target * utilization).toBeLessThan(apiConfig.IMAGE_FUNCTION_CALLS)
    })

    it('leave the activator out of the path to an api that has little to do', () => {
      expect(Number(api.annotation('target-burst-capacity'))).toBeLessThan(targetOf(api))
    })

    it('let whoever is nearer to the work give up first', () => {
      const waits = [
        imageConfig.PROCESS_TIMEOUT_MS + GRACE_MS,
        image.spec.timeoutSeconds * 1000,
        apiConfig.IMAGE_FUNCTION_TIMEOUT_MS,
        api.spec.timeoutSeconds * 1000,
      ]
      expect(new Set(waits).size).toBe(waits.length)
      expect(waits).toEqual(waits.toSorted((a, b) => a - b))
    })

    it.each([
      ['api', api],
      ['image', image],
    ])('let an answer of %s begin as late as it may end', (_, { spec }) => {
      expect(spec.responseStartTimeoutSeconds).toBe(spec.timeoutSeconds)
    })

    // timeoutSeconds is the termination grace period, too.
    it('leave a pod of the api the time to end', () => {
      expect(api.spec.timeoutSeconds * 1000).toBeGreaterThanOrEqual(
        PROXY_DRAIN_MS + DRAIN_TIMEOUT_MS + STORE_DRAIN_TIMEOUT_MS,
      )
    })

    it('leave a pod of the image function the time to end', () => {
      // On the assumption that nothing is sent to a pod once it is told to end, as the activator, the one way to
      // it, takes it out of its list. Then all that is in flight began before, and has ended in time.
      const longest = imageConfig.PROCESS_TIMEOUT_MS + GRACE_MS
      expect(image.spec.timeoutSeconds * 1000).toBeGreaterThan(Math.max(PROXY_DRAIN_MS, longest))
    })

    it.each([
      [
        'the image function hold the sources that it works on and one more',
        imageConfig,
        imageConfig.SLOTS + 1,
      ],
      ['the api hold eight uploads', apiConfig, 8],
    ])('let %s, of the largest', (_what, { QUEUE_BYTES, MAX_SOURCE_BYTES }, count) => {
      const heldBytes = createHeldBytes(QUEUE_BYTES)
      for (let i = 0; i < count; i++) heldBytes.admit(MAX_SOURCE_BYTES).grow(MAX_SOURCE_BYTES)
      expect(() => heldBytes.admit(MAX_SOURCE_BYTES)).toThrow('overloaded')
    })

    it('give both functions the same limits of a source', () => {
      const { MAX_SOURCE_BYTES, MAX_SOURCE_PIXELS } = imageConfig
      expect(apiConfig).toMatchObject({ MAX_SOURCE_BYTES, MAX_SOURCE_PIXELS })
    })

    it('let the api read the largest result of the image function', () => {
      // A header of npy, and what PNG adds to pixels that cannot be compressed.
      const largest = imageConfig.MAX_RESULT_PIXELS * BYTES_PER_PIXEL * 1.01
      expect(apiConfig.MAX_RESULT_BYTES).toBeGreaterThan(largest)
    })

    it('end a slow upload on one machine when Knative would', () => {
      expect(SERVER_LIMITS.requestTimeoutMs).toBe(api.spec.timeoutSeconds * 1000)
    })

    it('give the image function memory for its slots at their worst', () => {
      expect(image.memory).toBeGreaterThanOrEqual(
        IMAGE_AT_REST_BYTES +
          imageConfig.SLOTS * worstImageBytes(imageConfig) +
          // In chunks as they came, and the one that is being joined.
          imageConfig.QUEUE_BYTES +
          imageConfig.MAX_SOURCE_BYTES,
      )
    })

    it('give the api memory for all that its requests may hold', () => {
      const resultBytes = imageConfig.MAX_RESULT_PIXELS * BYTES_PER_PIXEL
      const resultsOnTheirWay =
        Number(image.annotation('max-scale')) * image.spec.containerConcurrency
      expect(api.memory).toBeGreaterThanOrEqual(
        API_AT_REST_BYTES +
          apiConfig.STORE_MEMORY_BYTES +
          apiConfig.QUEUE_BYTES +
          resultsOnTheirWay * resultBytes,
      )
    })

    it('have a pod that may always start', () => {
      expect(Number(image.annotation('max-scale'))).toBeGreaterThan(0)
      expect(Number(api.annotation('max-scale'))).toBeGreaterThan(0)
    })
  })
})
