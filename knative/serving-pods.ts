/** A pod, as far as it is of interest here. */
export type Pod = {
  metadata: { name: string; labels: Record<string, string>; deletionTimestamp?: string }
  status: { phase: string; conditions?: { type: string; status: string }[] }
}

export type PodList = { items: Pod[] }

/** The pods of a list that are not on their way out. */
export function servingPods({ items }: PodList): Pod[] {
  return items.filter(({ metadata }) => !metadata.deletionTimestamp)
}
