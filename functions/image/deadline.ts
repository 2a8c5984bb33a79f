import { ProblemError } from '../contract/problem.ts'

/** Until when one image may take, in the whole seconds that sharp knows. */
export type Deadline = {
  /** What is left for the next step, at least 1. */
  secondsLeft: () => number
  /** `image_function_timeout`, for the step that met the end. */
  passed: (cause: unknown) => ProblemError
}

/** A deadline that starts now. */
export function createDeadline(timeoutMs: number): Deadline {
  const endMs = performance.now() + timeoutMs
  return {
    secondsLeft: () => Math.max(1, Math.ceil((endMs - performance.now()) / 1000)),
    passed: (cause) =>
      new ProblemError(
        'image_function_timeout',
        `Processing took more than ${timeoutMs} ms and was given up; send a smaller or simpler image.`,
        { cause },
      ),
  }
}
