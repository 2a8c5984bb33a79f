import type { DamagedObjects } from './damaged-objects.ts'
import { createObjectFaults } from './object-faults.ts'
import { deletionError, isNoSuchObject, isNotFound, isTaken, isUnreadable } from './s3-errors.ts'
import { type S3Requests, statusOf } from './s3-requests.ts'
import {
  DamagedError,
  type Describe,
  type ExpectedBytes,
  type NewObject,
  type ObjectHead,
  readVerified,
  type VerifiedObject,
} from './stored-object.ts'

/**
 * The objects of a bucket, within one operation.
 *
 * A damaged object is one that the server cannot read while it answers for others, or whose bytes are
 * not those that its description expects, or that has none. It is counted and logged, and as good as
 * not there. Nothing deletes it, as a server in trouble says the same of whole ones: the next put
 * replaces it. What a server refuses to do with one fails with ObjectError.
 */
export type BucketObjects = {
  /**
   * An object with its verified bytes, or `undefined` when there is none or it is damaged. When the
   * description throws, it is not read, and fails with that.
   */
  get: <Description extends ExpectedBytes>(
    name: string,
    describe: Describe<Description>,
  ) => Promise<VerifiedObject<Description> | undefined>
  /** What an object says of itself: nothing, when it is damaged. */
  head: (name: string) => Promise<ObjectHead | undefined>
  /** Puts an object unless there is one of this name, which then stays when it is not damaged. */
  put: (name: string, object: NewObject) => Promise<void>
  putEmpty: (name: string) => Promise<void>
  delete: (name: string) => Promise<void>
  deleteMany: (names: string[]) => Promise<void>
  /** The first names that begin with the prefix, after the one that is given. */
  list: S3Requests['listObjects']
}

const SAYS_NOTHING: ObjectHead = {
  contentType: undefined,
  contentLength: undefined,
  metadata: undefined,
}

/** The objects that these requests reach, of which some are known to be damaged. */
export function createBucketObjects(requests: S3Requests, damaged: DamagedObjects): BucketObjects {
  const { blame, blameChange } = createObjectFaults(requests, damaged)

  /** Resolves when an object is changed: what was damaged is whole again, or gone. */
  async function changed(name: string, change: Promise<void>): Promise<void> {
    try {
      await change
      damaged.forget(name)
    } catch (error) {
      await blameChange(name, error)
    }
  }

  return {
    async get(name, describe) {
      try {
        const found = await readVerified(await requests.getObject(name), describe)
        damaged.forget(name)
        return found
      } catch (error) {
        if (isNoSuchObject(error)) return undefined
        // A cut answer of a server that has just died looks the same.
        if (!(error instanceof DamagedError) && !isUnreadable(error)) throw error
        await blame(name, error)
        return undefined
      }
    },
    async head(name) {
      try {
        const head = await requests.headObject(name)
        return damaged.has(name) ? SAYS_NOTHING : head
      } catch (error) {
        if (isNotFound(error)) return undefined
        // A HEAD has no body that could say more.
        if (statusOf(error) !== 500) throw error
        await blame(name, error)
        return SAYS_NOTHING
      }
    },
    async put(name, object) {
      const isNew = !damaged.has(name)
      try {
        await changed(name, requests.putObject(name, object, isNew))
      } catch (error) {
        if (!isTaken(error)) throw error
      }
    },
    putEmpty: (name) => changed(name, requests.putEmpty(name)),
    delete: (name) => changed(name, requests.deleteObject(name)),
    async deleteMany(names) {
      if (names.length === 0) return
      const left = await requests.deleteObjects(names)
      const [first] = left
      if (first) await blameChange(first.Key ?? '', deletionError(first, left.length))
    },
    list: requests.listObjects,
  }
}
