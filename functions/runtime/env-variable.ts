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

/** The variables that every function has. */
export const commonVariables = {
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
