import { ProblemError } from '../contract/problem.ts'

/** `source_unreachable` with what happened in the place of the source. */
export function unreachable(what: string, cause?: unknown): ProblemError {
  return new ProblemError('source_unreachable', `The source could not be fetched. ${what}`, {
    cause,
  })
}

/** The same for what the system says, shown by its code: its words may hold addresses. */
export function unreachableBecause(error: unknown): ProblemError {
  const { code = '', message, syscall } = error as NodeJS.ErrnoException
  const isOfNames = syscall?.startsWith('query') ?? false
  const said = isOfNames ? (NAMES[code] ?? NO_NAMES) : exchangeSentence(code)
  // The error itself may hold bytes of the answer, which have no place in a log.
  return unreachable(said, `${code}: ${message}`)
}

function exchangeSentence(code: string): string {
  return SENTENCES[code] ?? (isOfCertificate(code) ? BAD_CERTIFICATE : failed(code))
}

function failed(code: string): string {
  return `The exchange with its server failed${code && ` (${code})`}.`
}

/** OpenSSL has some thirty of them, and Node one for the name. */
function isOfCertificate(code: string): boolean {
  return /CERT|UNABLE_TO_/.test(code)
}

export const TOO_MANY_HEADERS = 'Its server answered with more than 16 kB of headers.'
const BAD_CERTIFICATE = 'The certificate of its server is not to be trusted.'
const NO_SUCH_HOST = 'There is no host of this name.'
const NO_NAMES = 'The name of its host could not be looked up.'
const REFUSED = 'Its server does not take connections.'
const CUT = 'Its server closed the connection before the source was complete.'
const DAMAGED = 'Its server sent what it said to be compressed, but it is damaged or cut.'

/** By the codes of a look-up; any other, such as a refusal, is of a server of names. */
const NAMES: Record<string, string | undefined> = {
  ENOTFOUND: NO_SUCH_HOST,
  ENODATA: NO_SUCH_HOST,
  EBADNAME: NO_SUCH_HOST,
}

const SENTENCES: Record<string, string | undefined> = {
  ECONNREFUSED: REFUSED,
  ECONNRESET: CUT,
  ERR_STREAM_PREMATURE_CLOSE: CUT,
  EPIPE: CUT,
  HPE_HEADER_OVERFLOW: TOO_MANY_HEADERS,
  Z_DATA_ERROR: DAMAGED,
  Z_BUF_ERROR: DAMAGED,
}
