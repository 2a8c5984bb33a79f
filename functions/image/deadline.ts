import { ProblemError } from '../contract/problem.ts'
import { isRaised, type LeftFlag } from './left-flag.ts'

/** Until when one image may take, in the whole seconds that sharp knows. */
export type Deadline = {
  /** What is left for the next step, at least 1. Throws as `check` does. */
  secondsLeft: () => number
  /** Throws `image_function_timeout` where nothing is left for a next step, or nobody waits for it. */
  check: () => void
  /** `image_function_timeout`, for the step that met the end. */
  passed: (cause: unknown) => ProblemError
}

/** A deadline that starts now, and passes sooner where the client leaves. */
export function createDeadline(timeoutMs: number, left?: LeftFlag): Deadline {
  const endMs = performance.now() + timeoutMs
  const passed = (cause: unknown) =>
    new ProblemError(
      'image_function_timeout',
      `Processing took more than ${timeoutMs} ms and was given up; send a smaller or simpler image.`,
      { cause },
    )
  const leftMs = () => {
    if (left && isRaised(left)) throw abandoned()
    const ms = endMs - performance.now()
    if (ms <= 0) throw passed(undefined)
    return ms
  }
  return { secondsLeft: () => Math.ceil(leftMs() / 1000), check: leftMs, passed }
}

function abandoned(): ProblemError {
  const detail = 'The client left, so its image was given up between two steps.'
  return new ProblemError('image_function_timeout', detail)
}
