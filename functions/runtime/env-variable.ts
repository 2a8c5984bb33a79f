import * as z from 'zod'

/** A variable holding a whole number within inclusive bounds. */
export function wholeNumber(
  description: string,
  { min, max, byDefault }: { min: number; max: number; byDefault: number },
) {
  const allowed = `a whole number from ${min} to ${max}`
  const digits = z.string().regex(/^\d+$/).transform(Number)
  return digits
    .pipe(z.number().min(min).max(max))
    .prefault(String(byDefault))
    .meta({ allowed, description, byDefault: String(byDefault) })
}

/** A variable holding one of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(
  description: string,
  words: Words,
  byDefault: Words[number],
) {
  return z
    .enum(words)
    .prefault(byDefault)
    .meta({ allowed: words.join(', '), description, byDefault })
}

/** Where a function is reached: an address of this machine. */
const listenAddress = z.union([z.ipv4(), z.ipv6()]).prefault('0.0.0.0').meta({
  allowed: 'an IPv4 or IPv6 address of this machine; :: for all of both kinds',
  description: 'the address to listen on; 127.0.0.1 is reached from this machine alone',
  byDefault: '0.0.0.0',
})

/** The variables that every function has. */
export const commonVariables = {
  LISTEN_ADDRESS: listenAddress,
  LOG_LEVEL: oneOf(
    'what is logged: every request, only failures of the service, nothing',
    ['info', 'error', 'silent'],
    'info',
  ),
}

/** The port a function listens on; 0 takes a free one. */
export function portVariable(byDefault: number) {
  return wholeNumber('the port to listen on; 0 takes a free one', {
    min: 0,
    max: 65_535,
    byDefault,
  })
}
