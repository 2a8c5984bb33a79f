import type { DamagedObjects } from './damaged-objects.ts'
import { isUnreadable } from './s3-errors.ts'
import { type S3Requests, statusOf } from './s3-requests.ts'
import { ObjectError } from './store-error.ts'

/** An object that nobody puts: to ask for it costs a server nothing but an answer. */
const NO_OBJECT = 'results/none'

/** Whose fault a failure is: that of one object, or that of the server. */
export type ObjectFaults = {
  /** Notes an object as damaged; rejects with the error when the server does not answer for others either. */
  blame: (name: string, error: unknown) => Promise<void>
  /**
   * Rejects with the error of a change of an object, or with ObjectError when the server can neither change
   * this object nor say what it is, while it answers for others.
   */
  blameChange: (name: string, error: unknown) => Promise<never>
}

/**
 * Tells an object that cannot be read, which is no reason to leave the others alone, from a server that
 * fails whatever it is asked for: by asking it for another object.
 */
export function createObjectFaults(requests: S3Requests, damaged: DamagedObjects): ObjectFaults {
  /** The status of a HEAD; 0 when there was no answer. */
  async function statusOfHead(name: string): Promise<number> {
    return await requests.headObject(name).then(() => 200, statusOf)
  }

  async function blame(name: string, error: unknown): Promise<void> {
    const status = await statusOfHead(NO_OBJECT)
    const answers = status > 0 && status < 500
    if (!answers) throw error
    damaged.note(name, error)
  }

  return {
    blame,
    async blameChange(name, error) {
      if (!isUnreadable(error) || (await statusOfHead(name)) !== 500) throw error
      await blame(name, error)
      throw new ObjectError(error)
    },
  }
}
