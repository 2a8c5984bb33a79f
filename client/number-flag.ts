import { type Flag, wrongValue } from './flags.ts'

/** A flag that takes a number within bounds, which are inclusive. */
export type NumberFlag = Flag & { parse: (name: string, text: string) => number }

type Bounds = { description: string; min: number; max: number; byDefault?: number }

/** A flag that takes a whole number; its `parse` throws UsageError for anything else. */
export function wholeNumberFlag(bounds: Bounds): NumberFlag {
  return numberFlag(bounds, /^\d+$/, `a whole number from ${bounds.min} to ${bounds.max}`)
}

/** The same with decimals. */
export function decimalFlag(bounds: Bounds): NumberFlag {
  return numberFlag(bounds, /^\d+(\.\d+)?$/, `a number from ${bounds.min} to ${bounds.max}`)
}

function numberFlag(
  { description, min, max, byDefault }: Bounds,
  spelling: RegExp,
  allowed: string,
): NumberFlag {
  const flag: Flag = {
    description,
    allowed,
    ...(byDefault !== undefined && { byDefault: String(byDefault) }),
  }
  return {
    ...flag,
    parse(name, text) {
      const number = Number(text)
      if (!spelling.test(text) || number < min || number > max) throw wrongValue(name, text, flag)
      return number
    },
  }
}
