import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BroadcastChannel, type Worker } from 'node:worker_threads'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ResolvedOptions } from '../contract/options.ts'
import { ProblemError } from '../contract/problem.ts'
import { REQUEST_TIMEOUT_HEADER } from '../contract/request-timeout.ts'
import {
  createImageWorkers,
  type ImageWork,
  type ImageWorkers,
  type ProcessImage,
} from './image-workers.ts'
import { readSourceHeader } from './source-header.ts'
import { expectProblem, post, startApp } from './test-app.ts'
import { DEATHS, NAMED_PIPE, TIME_TO_DIE } from './test-dying-worker.ts'
import { asPng, fixture, textured } from './test-picture.ts'
import { AS_IT_IS, processed } from './test-process.ts'

const DYING_WORKER = join(import.meta.dirname, 'test-dying-worker.ts')
const SCALE = { width: 16, height: 12 }

const LONG = { timeout: 30_000 }

/** For threads that must not die while they have no image. */
const noDeaths = {
  error: ({ err }: Record<string, unknown>) => {
    throw err
  },
}

const limits = { maxSourcePixels: 50_000_000, maxResultPixels: 16_000_000 }

function taskOf(bytes: Buffer, options: Partial<ResolvedOptions> = {}, timeoutMs = 20_000) {
  return { bytes, options: { ...AS_IT_IS, scale: SCALE, ...options }, limits, timeoutMs }
}

function processedBy({ process }: ImageWorkers, ...asked: Parameters<typeof taskOf>) {
  return process(taskOf(...asked)).result
}

describe('createImageWorkers()', LONG, () => {
  let workers: ImageWorkers

  beforeAll(() => {
    workers = createImageWorkers(2, noDeaths)
    workers.start()
  })

  afterAll(() => workers.close())

  it.each([
    ['a png', { format: 'png' }],
    ['a jpeg of mode=fast', { format: 'jpeg', mode: 'fast' }],
    ['pixels', { format: 'raw' }],
    ['pixels as they were decoded', { format: 'raw', scale: 'none' }],
    ['gray pixels', { format: 'raw', grayscale: true }],
    ['floats in a file', { format: 'npy', dtype: 'float32', layout: 'chw', mean: [0.5] }],
    ['half floats', { format: 'raw', dtype: 'float16', fit: 'contain' }],
  ] as const)('gives what the pipeline gives in this thread: %s', async (_what, different) => {
    const options = { ...different, mean: 'mean' in different ? [...different.mean] : [0] }
    const source = await asPng(textured({ width: 90, height: 60 }, 1))
    const {
      bytes,
      source: header,
      ...rest
    } = await processedBy(workers, Buffer.from(source), options)
    const here = await processed(source, { scale: SCALE, ...options })
    expect(bytes).toBeInstanceOf(Uint8Array)
    expect([...bytes]).toEqual([...here.bytes])
    const { bytes: _, ...restHere } = here
    expect(rest).toEqual(restHere)
    expect(header).toEqual(await readSourceHeader(source))
  })

  it('takes several images at once, more than there are threads', async () => {
    const sources = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7].map((seed) => asPng(textured({ width: 50 + seed, height: 40 }, seed))),
    )
    const made = sources.map((source) => processedBy(workers, Buffer.from(source)))
    for (const [i, { bytes }] of (await Promise.all(made)).entries()) {
      const here = await processed(sources[i] ?? Buffer.alloc(0), { scale: SCALE })
      expect([...bytes]).toEqual([...here.bytes])
    }
  })

  it('rejects with the problem of a damaged image, its detail and its cause', async () => {
    const cut = fixture('gray.jpg').subarray(0, 400)
    const error = await processedBy(workers, Buffer.from(cut)).catch((reason) => reason)
    expect(error).toBeInstanceOf(ProblemError)
    expect(error).toMatchObject({
      code: 'undecodable_image',
      detail: expect.stringMatching(
        /^The jpeg is cut short or damaged \(.+\); send the whole file/,
      ),
      cause: expect.any(Error),
    })
    expect((await processedBy(workers, fixture('gray.jpg'))).info).toMatchObject(SCALE)
  })

  it.each([
    ['result', { scale: { width: 65_501, height: 1 }, format: 'jpeg' }, '65501x1'],
    [
      'picture on its way',
      { scale: { width: 65_535, height: 9000 }, filter: 'nearest', crop: { width: 1, height: 1 } },
      '65535x9000',
    ],
  ] as const)('refuses a %s beyond the limits', async (_what, options, named) => {
    await expect(processedBy(workers, fixture('gray.jpg'), options)).rejects.toMatchObject({
      code: 'too_many_pixels',
      detail: expect.stringContaining(named),
    })
  })

  it('takes the memory of a source that has its own', async () => {
    const large = await asPng(textured({ width: 200, height: 200 }, 2))
    const own = Buffer.from(new Uint8Array(large).buffer)
    await processedBy(workers, own)
    expect(own.byteLength).toBe(0)
  })

  it('copies a source that lies among others in one piece of memory', async () => {
    const source = fixture('palette.png')
    const joined = Buffer.concat([Buffer.from('before'), source, Buffer.from('behind')])
    // In memory that Node shares out, and in one that could be given away.
    for (const memory of [joined, Buffer.from(new Uint8Array(joined).buffer)]) {
      const { info } = await processedBy(workers, memory.subarray(6, 6 + source.length))
      expect(info).toMatchObject(SCALE)
      expect(memory.equals(joined)).toBe(true)
    }
    expect(joined.toString('latin1', 0, 6)).toBe('before')
  })

  it('copies a source in memory of libvips', async () => {
    const large = await asPng(textured({ width: 200, height: 200 }, 2))
    const before = Buffer.from(large)
    expect((await processedBy(workers, large)).info).toMatchObject(SCALE)
    expect(large.equals(before)).toBe(true)
  })

  it('keeps the cache of libvips off, which each thread that loads sharp switches on', async () => {
    await Promise.all([1, 2, 3, 4].map(() => processedBy(workers, fixture('palette.png'))))
    const { memory, files, items } = sharp.cache()
    expect([memory.max, files.max, items.max]).toEqual([0, 0, 0])
  })
})

describe('threads that cannot be started', LONG, () => {
  it('are started for the next image, when files are free again', async () => {
    const logged = Promise.withResolvers<Record<string, unknown>>()
    const workers = createImageWorkers(1, { error: logged.resolve })
    vi.doMock('piscina', () => {
      throw new Error('EMFILE: too many open files')
    })
    try {
      workers.start()
      const { ended, result } = workers.process(taskOf(fixture('palette.png')))
      await expect(result).rejects.toThrow()
      await ended
      expect(await logged.promise).toEqual({ err: expect.any(Error) })
    } finally {
      vi.doUnmock('piscina')
    }
    expect((await processedBy(workers, fixture('palette.png'))).info).toMatchObject(SCALE)
    await workers.close()
  })
})

describe('a thread that dies', LONG, () => {
  it.each([
    ['exits', 'exits', 'worker exited with code: 3'],
    ['throws in a timer', 'throwsInTimer', 'a timer failed'],
    ['throws what is no problem', 'throwsUnknown', 'a bug in a step'],
  ] as const)('and %s takes its one image with it', async (_how, death, message) => {
    const workers = createImageWorkers(2, noDeaths, DYING_WORKER)
    try {
      const ask = (quality: number) => processedBy(workers, fixture('palette.png'), { quality })
      const [dead, ...others] = await Promise.allSettled([
        ask(DEATHS[death]),
        ask(90),
        ask(90),
        ask(90),
      ])
      const error = dead.status === 'rejected' ? dead.reason : undefined
      expect(error).toMatchObject({ message })
      expect(error).not.toBeInstanceOf(ProblemError)
      expect(others.map(({ status }) => status)).toEqual(Array(3).fill('fulfilled'))
      // Also of as many as there are threads.
      await Promise.allSettled([ask(DEATHS[death]), ask(DEATHS[death])])
      expect((await ask(90)).info).toMatchObject(SCALE)
    } finally {
      await workers.close()
    }
  })

  it('while it has no image is only logged, and replaced', async () => {
    const logged = Promise.withResolvers<Record<string, unknown>>()
    const workers = createImageWorkers(1, { error: logged.resolve }, DYING_WORKER)
    const channel = new BroadcastChannel(TIME_TO_DIE)
    try {
      const quality = DEATHS.throwsWhenIdle
      const first = await processedBy(workers, fixture('palette.png'), { quality })
      expect(first.info).toMatchObject(SCALE)
      channel.postMessage('now')
      const err = expect.objectContaining({ message: 'an idle thread failed' })
      expect(await logged.promise).toEqual({ err })
      expect((await processedBy(workers, fixture('palette.png'))).info).toMatchObject(SCALE)
    } finally {
      channel.close()
      await workers.close()
    }
  })
})

describe('an image that never ends', () => {
  it('is given up at the deadline, and its thread replaced', LONG, async () => {
    const workers = createImageWorkers(2, noDeaths, DYING_WORKER, 100)
    try {
      const ask = (quality: number, timeoutMs?: number) =>
        processedBy(workers, fixture('palette.png'), { quality }, timeoutMs)
      const startMs = performance.now()
      const hung = await Promise.allSettled([
        ask(DEATHS.runsForEver, 1500),
        ask(DEATHS.waitsForEver, 1500),
      ])
      // Not before what its steps may take.
      expect(performance.now() - startMs).toBeGreaterThan(1499)
      for (const outcome of hung) {
        const error = outcome.status === 'rejected' ? outcome.reason : undefined
        expect(error).toBeInstanceOf(ProblemError)
        expect(error).toMatchObject({
          code: 'image_function_timeout',
          detail: expect.stringContaining('more than 1500 ms'),
        })
      }
      const next = await Promise.all([ask(90), ask(90)])
      expect(next.map(({ info }) => info)).toMatchObject([SCALE, SCALE])
    } finally {
      await workers.close()
    }
  })
})

/** For a caller who waits no longer. */
const within = (ms: number) => ({ headers: { [REQUEST_TIMEOUT_HEADER]: String(ms) } })

describe('POST /process of an image that is still decoded after its timeout', LONG, () => {
  // A second decode beside it would take as much memory again.
  it('keeps the slot of a source made to be slow until its thread has ended', async () => {
    execFileSync('mkfifo', [NAMED_PIPE])
    const workers = createImageWorkers(1, noDeaths, DYING_WORKER)
    try {
      const small = fixture('palette.png')
      const config = { SLOTS: 1, QUEUE_PIXELS: 32 * 24 }
      await using app = await startApp(config, workers.process)
      const stuck = { options: { quality: DEATHS.staysInNativeCode }, ...within(200) }
      await expectProblem(await post(app, small, stuck), 504, 'image_function_timeout')

      const others = [post(app, small), post(app, small)]
      // One of the two waits as usual, and the other is refused.
      await expectProblem((await Promise.race(others)).clone(), 503, 'overloaded')
      await writeFile(NAMED_PIPE, '')
      const statuses = (await Promise.all(others)).map(({ status }) => status)
      expect(statuses.toSorted()).toEqual([200, 503])
    } finally {
      rmSync(NAMED_PIPE)
      await workers.close()
    }
  })

  it('begins no other step of an image whose client has left, and gives the slot to the next', async () => {
    execFileSync('mkfifo', [NAMED_PIPE])
    const workers = createImageWorkers(1, noDeaths, DYING_WORKER)
    const [began, left] = [Promise.withResolvers<ImageWork>(), Promise.withResolvers<void>()]
    const info = ({ status }: Record<string, unknown>) => {
      if (status === 499) left.resolve()
    }
    const processImage: ProcessImage = (task) => {
      const work = workers.process(task)
      began.resolve(work)
      return work
    }
    try {
      await using app = await startApp({ SLOTS: 1 }, processImage, { info, error: info })
      const client = new AbortController()
      const { signal } = client
      const options = { quality: DEATHS.staysInNativeCode }
      const asked = post(app, fixture('palette.png'), { options, signal })
      const { result } = await began.promise
      client.abort()
      await expect(asked).rejects.toThrow('aborted')
      await left.promise
      await writeFile(NAMED_PIPE, '')
      await expect(result).rejects.toMatchObject({
        detail: expect.stringContaining('The client left'),
      })
      expect((await post(app, fixture('palette.png'))).status).toBe(200)
    } finally {
      rmSync(NAMED_PIPE)
      await workers.close()
    }
  })

  it('begins no other image before the last step of a huge AVIF has ended', async () => {
    const size = { width: 8000, height: 8000 }
    const background = { r: 200, g: 3, b: 4, alpha: 0.5 }
    const huge = await sharp({ create: { ...size, channels: 4, background } })
      .avif({ effort: 0, chromaSubsampling: '4:4:4' })
      .toBuffer()
    const order: string[] = []
    const threads = new Set<Worker>()
    process.on('worker', (thread) => threads.add(thread))
    const workers = createImageWorkers(1, noDeaths)
    const processImage: ProcessImage = (task) => {
      const work = workers.process(task)
      void work.ended.then(() => order.push('ended'))
      return work
    }
    try {
      const config = { SLOTS: 1, MAX_SOURCE_PIXELS: 64_000_000 }
      await using app = await startApp(config, processImage)
      const answer = await post(app, huge, within(500))
      await expectProblem(answer, 504, 'image_function_timeout')
      const next = await post(app, fixture('palette.png'))
      order.push('next')
      expect(next.status).toBe(200)
      expect(order).toEqual(['ended', 'ended', 'next'])
      // What a decoder hands to a thread that was ended before it is freed by nobody.
      expect(threads.size).toBe(1)
    } finally {
      await workers.close()
    }
  })
})

describe('POST /process in threads', LONG, () => {
  it('answers internal, without the reason, for a thread that dies, and the next request', async () => {
    const workers = createImageWorkers(1, noDeaths, DYING_WORKER)
    try {
      await using app = await startApp({ SLOTS: 1 }, workers.process)
      for (const quality of [DEATHS.exits, DEATHS.throwsInTimer, DEATHS.throwsUnknown]) {
        const answer = await post(app, fixture('palette.png'), { options: { quality } })
        const { detail } = await expectProblem(answer, 500, 'internal')
        expect(detail).toBe('The service failed on this request; the log has more.')
        expect((await post(app, fixture('palette.png'))).status).toBe(200)
      }
      const cut = await post(app, fixture('gray.jpg').subarray(0, 400))
      await expectProblem(cut, 422, 'undecodable_image')
    } finally {
      await workers.close()
    }
  })
})
