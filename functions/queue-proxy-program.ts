import { spawnSync } from 'node:child_process'
import { findGoProgram } from './go-program.ts'

export const HOW_TO_GET_QUEUE_PROXY =
  'go install knative.dev/serving/cmd/queue@v0.50.0 (about 2 minutes)'

/** Where Knative's queue-proxy is. */
export function findQueueProxy(): string | undefined {
  const program = findGoProgram('queue')
  return program && isQueueProxy(program) ? program : undefined
}

/** Other programs may be called `queue`, too; this one names the first variable that it misses. */
function isQueueProxy(program: string): boolean {
  const { stderr } = spawnSync(program, { encoding: 'utf8', env: {}, timeout: 5000 })
  return stderr?.includes('CONTAINER_CONCURRENCY') ?? false
}
