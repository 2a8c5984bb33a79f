import { describe, expect, it } from 'vitest'
import { REQUEST_TIMEOUT_HEADER } from '../contract/request-timeout.ts'
import type { ProcessImage } from './image-workers.ts'
import { expectProblem, post, startApp } from './test-app.ts'
import { fixture } from './test-picture.ts'
import { processHere } from './test-process.ts'

const SOURCE = fixture('palette.png')

/** The pipeline, which counts its images and keeps the first one in its slot until told otherwise. */
function holdingTheFirst() {
  const started = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<void>()
  const waits = [finish.promise]
  let begun = 0
  const processImage: ProcessImage = (source, options) => {
    begun++
    started.resolve()
    const turn = waits.shift() ?? Promise.resolve()
    const result = turn.then(() => processHere(source, options).result)
    const ended = result.then(
      () => {},
      () => {},
    )
    return { result, ended }
  }
  return { processImage, started: started.promise, finish: finish.resolve, begun: () => begun }
}

const within = (ms: number | string) => ({ headers: { [REQUEST_TIMEOUT_HEADER]: String(ms) } })

describe('POST /process with a deadline', () => {
  it.each([
    ['the caller waits no longer', {}, within(50)],
    ['PROCESS_TIMEOUT_MS have passed', { PROCESS_TIMEOUT_MS: 50 }, within(60_000)],
    ['PROCESS_TIMEOUT_MS have passed, with no word of the caller', { PROCESS_TIMEOUT_MS: 50 }, {}],
  ])('drops what waits before it is decoded when %s', async (_, config, asked) => {
    const { processImage, started, finish, begun } = holdingTheFirst()
    await using busy = await startApp({ SLOTS: 1, ...config }, processImage)
    const first = post(busy, SOURCE)
    await started

    await expectProblem(await post(busy, SOURCE, asked), 504, 'image_function_timeout')
    finish()
    expect((await first).status).toBe(200)
    expect(begun()).toBe(1)
    expect((await post(busy, SOURCE, within(60_000))).status).toBe(200)
  })

  it('drops what arrived too late to be begun, and gives the slot to others', async () => {
    const { processImage, begun } = holdingTheFirst()
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
    expect(begun()).toBe(0)
  })

  it.each(['0', '-5', '1.5', 'soon', ''])('is invalid_request: %j', async (text) => {
    await using app = await startApp()
    await expectProblem(await post(app, SOURCE, within(text)), 400, 'invalid_request')
  })
})
