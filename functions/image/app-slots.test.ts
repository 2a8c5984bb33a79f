import { describe, expect, it } from 'vitest'
import { optionsToQuery } from '../contract/options-query.ts'
import { ProblemError } from '../contract/problem.ts'
import { connectTo, readUntil } from '../runtime/test-socket.ts'
import type { ImageWork, ProcessImage } from './image-workers.ts'
import { expectProblem, OPTIONS, post, startApp } from './test-app.ts'
import { fixture } from './test-picture.ts'
import { asWork, processHere } from './test-process.ts'

const SOURCE = fixture('palette.png')
const SOURCE_PIXELS = 32 * 24

/** The pipeline, which keeps its first image in its slot until told otherwise. */
function holdingTheFirst() {
  const started = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<void>()
  const waits = [finish.promise]
  const processImage: ProcessImage = (task) => {
    started.resolve()
    const wait = waits.shift() ?? Promise.resolve()
    return asWork(wait.then(() => processHere(task).result))
  }
  return { processImage, started: started.promise, finish: finish.resolve }
}

describe('POST /process when all slots are taken', () => {
  it('answers overloaded to requests that pile up, and again 200 once a slot is free', async () => {
    const { processImage, started, finish } = holdingTheFirst()
    await using busy = await startApp({ SLOTS: 1, QUEUE_PIXELS: 0 }, processImage)
    const first = post(busy, SOURCE)
    await started

    const second = await post(busy, SOURCE)
    await expectProblem(second, 503, 'overloaded')
    expect(second.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/)

    finish()
    expect((await first).status).toBe(200)
    expect((await post(busy, SOURCE)).status).toBe(200)
  })

  it('says how long the queue takes, also when the last image was small and enlarged', async () => {
    const finish = Promise.withResolvers<void>()
    const waits = [Promise.resolve(), finish.promise]
    let begun = 0
    const processImage: ProcessImage = (task) => {
      begun++
      return asWork((waits.shift() ?? Promise.resolve()).then(() => processHere(task).result))
    }
    await using busy = await startApp({ SLOTS: 1, QUEUE_PIXELS: 9e6 }, processImage)
    const enlarged = { scale: { width: 3000, height: 3000 } }
    const startMs = performance.now()
    expect((await post(busy, SOURCE, { options: enlarged })).status).toBe(200)
    const tookMs = performance.now() - startMs

    const inSlot = post(busy, SOURCE)
    await expect.poll(() => begun).toBe(2)
    // One of them waits, the other has no room.
    const two = [1, 2].map(() => post(busy, SOURCE, { options: enlarged }))
    const refused = await Promise.race(two)
    await expectProblem(refused, 503, 'overloaded')
    const seconds = Number(refused.headers.get('Retry-After'))
    expect(seconds).toBeLessThanOrEqual(Math.ceil(tookMs / 1000))
    finish.resolve()
    expect((await inSlot).status).toBe(200)
    expect((await Promise.all(two)).map(({ status }) => status).toSorted()).toEqual([200, 503])
  })

  it('keeps the slot until a client has read its result, or has gone', async () => {
    const log = { info: () => left.resolve(), error: () => {} }
    const left = Promise.withResolvers<void>()
    await using busy = await startApp({ SLOTS: 1, QUEUE_PIXELS: 0 }, processHere, log)
    // More than the buffers of a connection hold.
    const scale = { width: 3000, height: 3000 }
    const large = optionsToQuery({ ...OPTIONS, format: 'raw', grayscale: false, scale })
    const lazy = await connectTo(busy.port)
    lazy.write(
      `POST /process?${large} HTTP/1.1\r\nHost: x\r\nContent-Length: ${SOURCE.length}\r\n\r\n`,
    )
    lazy.write(SOURCE)
    await readUntil(lazy, 'HTTP/1.1 200 OK')
    lazy.pause()

    await expectProblem(await post(busy, SOURCE), 503, 'overloaded')
    lazy.destroy()
    await left.promise
    expect((await post(busy, SOURCE)).status).toBe(200)
  })

  it('weighs what is to be made', async () => {
    const { processImage, started, finish } = holdingTheFirst()
    await using busy = await startApp({ SLOTS: 1, QUEUE_PIXELS: SOURCE_PIXELS }, processImage)
    const first = post(busy, SOURCE)
    await started
    const options = { scale: { width: 100, height: 100 } }
    await expectProblem(await post(busy, SOURCE, { options }), 503, 'overloaded')
    finish()
    expect((await first).status).toBe(200)
  })

  it('gives the slot back when an image fails', async () => {
    await using busy = await startApp({ SLOTS: 1, QUEUE_PIXELS: 0 })
    const cut = fixture('gray.jpg').subarray(0, 400)
    for (const _time of [1, 2]) {
      await expectProblem(await post(busy, cut), 422, 'undecodable_image')
    }
    expect((await post(busy, SOURCE)).status).toBe(200)
  })

  it('answers what waited in the queue, and refuses what the queue has no room for', async () => {
    const { processImage, started, finish } = holdingTheFirst()
    await using busy = await startApp({ SLOTS: 1, QUEUE_PIXELS: SOURCE_PIXELS }, processImage)
    const first = post(busy, SOURCE)
    await started
    const others = [post(busy, SOURCE), post(busy, SOURCE)]
    // One of the two waits, whichever came first: only the other can be answered.
    await expectProblem((await Promise.race(others)).clone(), 503, 'overloaded')
    finish()
    const statuses = (await Promise.all([first, ...others])).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([200, 200, 503])
  })
})

describe('POST /process of many large bodies at once', () => {
  const HEAD = `POST /process?${optionsToQuery(OPTIONS)} HTTP/1.1\r\nHost: x\r\n`
  // Two requests fit, and all but one byte of their sources.
  const QUEUE_BYTES = 2 * (16_384 + SOURCE.length) - 1
  const chunked = () => new Blob([new Uint8Array(SOURCE)]).stream()

  it.each([
    ['announced', () => SOURCE],
    ['chunked', chunked],
  ])('holds no more than QUEUE_BYTES of large bodies at once, %s', async (_how, body) => {
    const { processImage, started, finish } = holdingTheFirst()
    await using app = await startApp({ SLOTS: 1, QUEUE_BYTES }, processImage)
    const first = post(app, SOURCE)
    await started
    const refused = await post(app, body())
    await expectProblem(refused, 503, 'overloaded')
    expect(refused.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/)
    finish()
    expect((await first).status).toBe(200)
    expect((await post(app, SOURCE)).status).toBe(200)
  })

  it('counts what a thread still works on after its answer, until that ends', async () => {
    const ended = Promise.withResolvers<void>()
    const late = new ProblemError('image_function_timeout', 'It took too long.')
    const givenUp = (): ImageWork => ({ result: Promise.reject(late), ended: ended.promise })
    const works = [givenUp]
    const processImage: ProcessImage = (task) => works.shift()?.() ?? processHere(task)
    await using app = await startApp({ SLOTS: 2, QUEUE_BYTES }, processImage)
    await expectProblem(await post(app, SOURCE), 504, 'image_function_timeout')
    await expectProblem(await post(app, SOURCE), 503, 'overloaded')
    ended.resolve()
    await expect.poll(async () => (await post(app, SOURCE)).status).toBe(200)
  })

  it('counts what has arrived of uploads that never end, until their clients leave', async () => {
    const left = Promise.withResolvers<void>()
    const info = ({ status }: Record<string, unknown>) => {
      if (status === 499) left.resolve()
    }
    await using app = await startApp({ QUEUE_BYTES }, processHere, { info, error: info })
    const slow = await connectTo(app.port)
    slow.write(`${HEAD}Content-Length: ${SOURCE.length + 1}\r\n\r\n`)
    // Nothing of it is there yet, so nobody is refused for it.
    expect((await post(app, SOURCE)).status).toBe(200)

    slow.write(SOURCE)
    await expect.poll(async () => (await post(app, SOURCE)).status).toBe(503)
    slow.destroy()
    await left.promise
    expect((await post(app, SOURCE)).status).toBe(200)
  })
})

describe('POST /process of a client that leaves while it waits', () => {
  it('gives its place in the queue to the next', async () => {
    const left = Promise.withResolvers<void>()
    const info = ({ status }: Record<string, unknown>) => {
      if (status === 499) left.resolve()
    }
    const { processImage, started, finish } = holdingTheFirst()
    const config = { SLOTS: 1, QUEUE_PIXELS: SOURCE_PIXELS }
    await using busy = await startApp(config, processImage, { info, error: info })
    const first = post(busy, SOURCE)
    await started

    // One of the two waits, and the other is refused; then the one that waits leaves.
    const clients = [new AbortController(), new AbortController()]
    const asked = clients.map(async ({ signal }, which) => {
      const answer = await post(busy, SOURCE, { signal })
      return { which, status: answer.status }
    })
    const refused = await Promise.race(asked)
    expect(refused.status).toBe(503)
    clients[1 - refused.which]?.abort()
    await expect(asked[1 - refused.which]).rejects.toThrow('aborted')
    await left.promise

    const next = post(busy, SOURCE)
    const after = post(busy, SOURCE)
    expect((await Promise.race([next, after])).status).toBe(503)
    finish()
    const statuses = (await Promise.all([first, next, after])).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([200, 200, 503])
  })
})
