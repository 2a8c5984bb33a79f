/** A figure beside its goal, which is a highest value, and whether it was reached. */
export function againstGoal(value: number, goal: number, digits = 2): string {
  const verdict = value <= goal ? 'reached' : 'MISSED'
  return `${value.toFixed(digits)} (goal ${goal.toFixed(digits)}, ${verdict})`
}

/** The same for a goal that is a lowest value. */
export function againstLowest(value: number, goal: number, digits = 2): string {
  const verdict = value >= goal ? 'reached' : 'MISSED'
  return `${value.toFixed(digits)} (goal at least ${goal.toFixed(digits)}, ${verdict})`
}

/** The middle of the values; the upper one of two. */
export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}
