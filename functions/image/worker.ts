/** What a worker thread runs: the whole pipeline, one image at a time. */
import { isMarkedAsUntransferable, type TransferListItem } from 'node:worker_threads'
import { move, transferableSymbol, valueSymbol } from 'piscina'
import { type ProblemCode, ProblemError } from '../contract/problem.ts'
import { giveBack } from './pixels.ts'
import { type ImageTask, type Processed, processSource } from './process-source.ts'

/** A problem is told as a value: an error loses its class on its way between threads. */
export type WorkerAnswer =
  | { result: Processed }
  | { problem: { code: ProblemCode; detail: string; cause: unknown } }

/** Processes one image. What it throws is a bug. */
export default async function work(task: ImageTask) {
  try {
    const result = await processSource(task)
    const own = ownBytes(result.bytes)
    return moved({ result: { ...result, bytes: own } }, [own.buffer])
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const { code, detail, cause } = error
    return moved({ problem: { code, detail, cause } }, [])
  } finally {
    giveBack(task.bytes)
  }
}

/**
 * What sharp encoded lies in memory of libvips, which cannot change its owner. It is copied here: on its
 * way between threads it would be copied by the other one, which must not wait for that.
 */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes
  const isOwn = byteLength === buffer.byteLength && !isMarkedAsUntransferable(buffer)
  if (isOwn && buffer instanceof ArrayBuffer) return new Uint8Array(buffer)
  const own = new Uint8Array(bytes)
  // A small one lies beside others in one piece of memory.
  if (byteLength === buffer.byteLength) giveBack(bytes)
  return own
}

function moved(answer: WorkerAnswer, list: TransferListItem[]) {
  return move({ [transferableSymbol]: list, [valueSymbol]: answer })
}
