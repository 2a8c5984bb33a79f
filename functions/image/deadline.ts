import { ProblemError } from '../contract/problem.ts'

/** Until when one image may take, in the whole seconds that sharp knows. */
export type Deadline = {
  /** What is left for the next step, at least 1. Throws `image_function_timeout` where nothing is. */
  secondsLeft: () => number
  /** `image_function_timeout`, for the step that met the end. */
  passed: (cause: unknown) => ProblemError
}

/** A deadline that starts now. */
export function createDeadline(timeoutMs: number): Deadline {
  const endMs = performance.now() + timeoutMs
  const passed = (cause: unknown) =>
    new ProblemError(
      'image_function_timeout',
      `Processing took more than ${timeoutMs} ms and was given up; send a smaller or simpler image.`,
      { cause },
    )
  return {
    secondsLeft() {
      const leftMs = endMs - performance.now()
      if (leftMs <= 0) throw passed(undefined)
      return Math.ceil(leftMs / 1000)
    },
    passed,
  }
}
