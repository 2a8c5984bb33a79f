/**
 * The api as a process. All that it is made of is loaded by `run-api.ts`: what has to come first comes
 * before that.
 */
import '../runtime/stop-signals.ts'
import { wakeImageFunction } from './wake-image-function.ts'

const { WAKE_IMAGE_FUNCTION, IMAGE_FUNCTION_URL = '' } = process.env
const imageFunction = URL.parse(IMAGE_FUNCTION_URL)
if (WAKE_IMAGE_FUNCTION === 'true' && imageFunction?.protocol === 'http:') {
  await wakeImageFunction(imageFunction)
}
const { runApi } = await import('./run-api.ts')
await runApi(process.env)
