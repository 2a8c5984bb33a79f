import { ProblemError } from '../contract/problem.ts'
import { ConfigurationError } from '../runtime/parse-env.ts'
import { type NotDeleted, statusOf } from './s3-requests.ts'
import { StoreError } from './store-error.ts'

/**
 * Answers when the server cannot read what is on its disk: MinIO's for damaged bytes and for a damaged
 * description. One that has lost its disks or is overloaded answers the same, for all objects.
 */
const UNREADABLE: ReadonlySet<string> = new Set(['SlowDownRead', 'InternalError'])

/** Answers to the creation of a bucket that is there. */
const IN_THE_WAY: ReadonlySet<string> = new Set(['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'])

/** Answers to a conditional write when somebody was or is about to be faster. */
const TAKEN: ReadonlySet<string> = new Set(['PreconditionFailed', 'ConditionalRequestConflict'])

/** Whether a server cannot read an object, or nothing at all. */
export function isUnreadable(error: unknown): boolean {
  return UNREADABLE.has(nameOf(error))
}

/** Whether the bucket that was to be created is there already. */
export function isInTheWay(error: unknown): boolean {
  return IN_THE_WAY.has(nameOf(error))
}

/** Whether there is an object, or is about to be, where a new one was put. */
export function isTaken(error: unknown): boolean {
  return TAKEN.has(nameOf(error))
}

/** Whether the object that was to be read does not exist. */
export function isNoSuchObject(error: unknown): boolean {
  return nameOf(error) === 'NoSuchKey'
}

export function isNoSuchBucket(error: unknown): boolean {
  return nameOf(error) === 'NoSuchBucket'
}

/** Whether a HEAD was answered with 404; having no body, it cannot say what is missing. */
export function isNotFound(error: unknown): boolean {
  return nameOf(error) === 'NotFound'
}

/** Whether a server said that these credentials are wrong, or may not do this: nothing that passes by waiting. */
export function isRefusal(error: unknown): boolean {
  if ([401, 403].includes(statusOf(error))) return true
  return error instanceof Error && isRefusal(error.cause)
}

/** What a deletion of many says of those that it did not delete, named by the code of the first. */
export function deletionError({ Code = '', Message }: NotDeleted, count: number): Error {
  const error = new Error(`${count} objects were not deleted: ${Message}`)
  return Object.assign(error, { name: Code })
}

/** The error of an operation: a StoreError, unless it is one already or is not of the store. */
export function operationError(operation: string, error: unknown): unknown {
  const isOwn = [StoreError, ProblemError, ConfigurationError].some((own) => error instanceof own)
  return isOwn ? error : new StoreError(operation, reasoned(error))
}

/** Of an answer without a body, as to a HEAD, the status is all that is known. */
function reasoned(error: unknown): unknown {
  if (nameOf(error) !== 'Unknown') return error
  const status = statusOf(error)
  const hint = status === 403 ? ': are the credentials right, and may they use the bucket?' : ''
  return new Error(`the server answered ${status} and no reason${hint}`, { cause: error })
}

/** The code of what the server answered, or the name of any other error. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : ''
}
