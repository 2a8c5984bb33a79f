/** The value that so many per cent of ascending ones do not exceed; `undefined` when there is none. */
export function percentile(ascending: readonly number[], percent: number): number | undefined {
  return ascending[Math.max(0, Math.ceil((ascending.length * percent) / 100) - 1)]
}
