import { describe, expect, it } from 'vitest'
import { REQUEST_TIMEOUT_HEADER } from '../contract/request-timeout.ts'
import type { ProcessImage } from './image-workers.ts'
import type { ImageTask } from './process-source.ts'
import { expectProblem, post, startApp } from './test-app.ts'
import { fixture } from './test-picture.ts'
import { processHere } from './test-process.ts'

const SOURCE = fixture('palette.png')
const TIMEOUT = 'image_function_timeout'

/** The pipeline, which remembers what it was given and keeps the first image in its slot until told otherwise. */
function holdingTheFirst() {
  const started = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<void>()
  const waits = [finish.promise]
  const tasks: ImageTask[] = []
  const processImage: ProcessImage = (task) => {
    tasks.push(task)
    started.resolve()
    const turn = waits.shift() ?? Promise.resolve()
    const result = turn.then(() => processHere(task).result)
    const ended = result.then(
      () => {},
      () => {},
    )
    return { result, ended }
  }
  return { processImage, started: started.promise, finish: finish.resolve, tasks }
}

const within = (ms: number | string) => ({ headers: { [REQUEST_TIMEOUT_HEADER]: String(ms) } })

describe('POST /process with a deadline', () => {
  it.each([
    ['the caller waits no longer', {}, within(50)],
    ['PROCESS_TIMEOUT_MS have passed', { PROCESS_TIMEOUT_MS: 50 }, within(60_000)],
    ['PROCESS_TIMEOUT_MS have passed, with no word of the caller', { PROCESS_TIMEOUT_MS: 50 }, {}],
  ])('drops what waits before it is decoded when %s', async (_, config, asked) => {
    const { processImage, started, finish, tasks } = holdingTheFirst()
    await using busy = await startApp({ SLOTS: 1, ...config }, processImage)
    const first = post(busy, SOURCE)
    await started

    await expectProblem(await post(busy, SOURCE, asked), 504, 'image_function_timeout')
    finish()
    expect((await first).status).toBe(200)
    expect(tasks).toHaveLength(1)
    expect((await post(busy, SOURCE, within(60_000))).status).toBe(200)
  })

  it('drops what arrived too late to be begun, and gives the slot to others', async () => {
    const { processImage, tasks } = holdingTheFirst()
    await using app = await startApp({ SLOTS: 1 }, processImage)
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(SOURCE.subarray(0, 10)),
      async pull(controller) {
        await new Promise((passed) => setTimeout(passed, 100))
        controller.enqueue(SOURCE.subarray(10))
        controller.close()
      },
    })
    await expectProblem(await post(app, body, within(20)), 504, 'image_function_timeout')
    expect(tasks).toHaveLength(0)
  })

  it('reads not even a header before its turn: three slow ones would stop every decoder', async () => {
    const { processImage, started, finish } = holdingTheFirst()
    await using busy = await startApp({ SLOTS: 1 }, processImage)
    const first = post(busy, SOURCE)
    await started
    // The end of its header is missing, as whoever reads it will say.
    const cut = fixture('gray.jpg').subarray(0, 60)
    const inWait = await expectProblem(await post(busy, cut, within(50)), 504, TIMEOUT)
    expect(inWait.detail).toContain('waited too long for its turn')
    finish()
    await first
    await expectProblem(await post(busy, cut), 422, 'undecodable_image')
  })

  it.each([
    ['of the caller', {}, 2000],
    ['of PROCESS_TIMEOUT_MS', { PROCESS_TIMEOUT_MS: 2000 }, 60_000],
  ])('gives an image what is left %s after its wait', async (_whose, config, callerMs) => {
    const { processImage, started, finish, tasks } = holdingTheFirst()
    await using busy = await startApp({ SLOTS: 1, ...config }, processImage)
    const first = post(busy, SOURCE)
    await started
    const second = post(busy, SOURCE, within(callerMs))
    // What waits longer than this is dropped while the second waits.
    await expectProblem(await post(busy, SOURCE, within(150)), 504, TIMEOUT)
    finish()
    expect([(await first).status, (await second).status]).toEqual([200, 200])
    expect(tasks[1]?.timeoutMs).toBeGreaterThan(0)
    expect(tasks[1]?.timeoutMs).toBeLessThanOrEqual(1900)
  })

  it.each(['0', '-5', '1.5', 'soon', ''])('is invalid_request: %j', async (text) => {
    await using app = await startApp()
    await expectProblem(await post(app, SOURCE, within(text)), 400, 'invalid_request')
  })
})
