/** A figure beside its goal, which is a highest value, and whether it was reached. */
export function againstGoal(value: number, goal: number, digits = 2): string {
  const verdict = value <= goal ? 'reached' : 'MISSED'
  return `${value.toFixed(digits)} (goal ${goal.toFixed(digits)}, ${verdict})`
}
