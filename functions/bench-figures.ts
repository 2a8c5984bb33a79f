/**
 * A figure beside its goal, which is a highest value, and whether it was reached. The process of a missed
 * one exits 1.
 */
export function againstGoal(value: number, goal: number, digits = 2): string {
  return `${value.toFixed(digits)} (goal ${goal.toFixed(digits)}, ${verdict(value <= goal)})`
}

/** The same for a goal that is a lowest value. */
export function againstLowest(value: number, goal: number, digits = 2): string {
  return `${value.toFixed(digits)} (goal at least ${goal.toFixed(digits)}, ${verdict(value >= goal)})`
}

function verdict(isReached: boolean): string {
  if (!isReached) process.exitCode = 1
  return isReached ? 'reached' : 'MISSED'
}

/** The middle of the values; the upper one of two. */
export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}
