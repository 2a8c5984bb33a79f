import { spawnSync } from 'node:child_process'

export const HOW_TO_GET_QUEUE_PROXY =
  'go install knative.dev/serving/cmd/queue@v0.50.0 (about 2 minutes)'

const FIND =
  'command -v queue || command -v "$(go env GOPATH 2>/dev/null || echo "$HOME/go")/bin/queue"'

/** Where Knative's queue-proxy is: in the path, or where Go puts what it installs. */
export function findQueueProxy(): string | undefined {
  const { stdout } = spawnSync('sh', ['-c', FIND], { encoding: 'utf8' })
  const program = stdout.trim()
  return program && isQueueProxy(program) ? program : undefined
}

/** Other programs may be called `queue`, too; this one names the first variable that it misses. */
function isQueueProxy(program: string): boolean {
  const { stderr } = spawnSync(program, { encoding: 'utf8', env: {}, timeout: 5000 })
  return stderr?.includes('CONTAINER_CONCURRENCY') ?? false
}
