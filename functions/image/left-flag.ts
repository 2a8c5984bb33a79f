import type { ServerResponse } from 'node:http'
import { answered } from '../runtime/client-signal.ts'

/** Says to all threads whether the client of an image has left. */
export type LeftFlag = Int32Array<SharedArrayBuffer>

/** A flag that is raised when the client leaves; also once it was answered, when nobody looks any more. */
export function leftFlagOf(outgoing: ServerResponse): LeftFlag {
  const flag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  void answered(outgoing).then(() => raise(flag))
  return flag
}

export function raise(flag: LeftFlag): void {
  Atomics.store(flag, 0, 1)
}

export function isRaised(flag: LeftFlag): boolean {
  return Atomics.load(flag, 0) === 1
}
