/** Knative's own queue-proxy before a function on this machine, as it stands in a pod. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, createServer } from 'node:net'
import { findQueueProxy, HOW_TO_GET_QUEUE_PROXY } from './queue-proxy-program.ts'
import { freePort } from './runtime/test-port.ts'

/** Where the kubelet asks, before it stops a function, that its requests come to an end. */
export const ADMIN_PORT = 8022

export type QueueProxy = AsyncDisposable & {
  child: ChildProcess
  port: number
  url: string
  /** The exit code, once it has ended. */
  exited: Promise<number | null>
}

type Settings = {
  /** Requests that the function has at a time; ten times as many wait. 0: no limit. */
  containerConcurrency?: number
  timeoutSeconds?: number
  /** Whether an answer may begin before the request was read. */
  fullDuplex?: boolean
  autoDetectHttp2?: boolean
}

/**
 * Starts one before the function at a port; it ends with the block that holds it with `await using`.
 * Three of its ports are fixed, so it waits until no other test on this machine has one.
 */
export async function startQueueProxy(
  userPort: number,
  {
    containerConcurrency = 0,
    timeoutSeconds = 300,
    fullDuplex = false,
    autoDetectHttp2 = false,
  }: Settings = {},
): Promise<QueueProxy> {
  const program = findQueueProxy()
  if (!program) throw new Error(`queue-proxy is not installed; ${HOW_TO_GET_QUEUE_PROXY}`)
  const giveBackPorts = await takeFixedPorts()
  const port = await freePort()
  // Nobody else would end it, were the tests killed, and its ports would stay taken.
  const endsWithTests = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL'] : []
  const [command = program, ...args] = [...endsWithTests, program]
  const child = spawn(command, args, {
    env: {
      PATH: '/usr/bin:/bin',
      CONTAINER_CONCURRENCY: String(containerConcurrency),
      QUEUE_SERVING_PORT: String(port),
      QUEUE_SERVING_TLS_PORT: '8112',
      USER_PORT: String(userPort),
      REVISION_TIMEOUT_SECONDS: String(timeoutSeconds),
      REVISION_RESPONSE_START_TIMEOUT_SECONDS: String(timeoutSeconds),
      REVISION_IDLE_TIMEOUT_SECONDS: '0',
      // No period: the aggressive one, each attempt within 100 ms.
      SERVING_READINESS_PROBE: JSON.stringify({
        httpGet: { path: '/readyz', port: userPort, host: '127.0.0.1', scheme: 'HTTP' },
        successThreshold: 1,
      }),
      ENABLE_HTTP_FULL_DUPLEX: String(fullDuplex),
      ENABLE_HTTP2_AUTO_DETECTION: String(autoDetectHttp2),
      ENABLE_MULTI_CONTAINER_PROBES: 'false',
      SERVING_LOGGING_CONFIG: '',
      SERVING_LOGGING_LEVEL: 'info',
      SERVING_NAMESPACE: 'default',
      SERVING_SERVICE: 'function',
      SERVING_CONFIGURATION: 'function',
      SERVING_REVISION: 'function-00001',
      SERVING_POD: 'function-00001-pod',
      SERVING_POD_IP: '127.0.0.1',
      SYSTEM_NAMESPACE: 'knative-serving',
      POD_NAME: 'function-00001-pod',
      OBSERVABILITY_CONFIG: '',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => {
      said += part
    })
  }
  const exited = once(child, 'close').then(([code]) => code as number | null)
  const failed = exited.then((code) => {
    throw new Error(`queue-proxy ended with ${code}: ${said}`)
  })
  failed.catch(() => {})

  async function end() {
    kill()
    await exited
    process.off('exit', kill)
    await giveBackPorts()
  }

  try {
    while ((await Promise.race([probe(port), failed])) !== 200);
  } catch (error) {
    await end()
    throw error
  }
  return { child, port, url: `http://127.0.0.1:${port}`, exited, [Symbol.asyncDispose]: end }
}

/** Asks for the readiness as the kubelet does; resolves to the status, or undefined without any. */
export function probe(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const headers = { 'User-Agent': 'kube-probe/1.34', 'K-Network-Probe': 'queue' }
    const asked = request({ host: '127.0.0.1', port, headers, agent: false }, (response) => {
      response.resume().once('close', () => resolve(response.statusCode))
    })
    asked.once('error', () => resolve(undefined)).end()
  })
}

/**
 * Resolves once no other process on this machine has the fixed ports, to what gives them back. The
 * name of the lock is of the network that the ports are of, and gone with the process.
 */
async function takeFixedPorts(): Promise<() => Promise<void>> {
  if (process.platform !== 'linux') return async () => {}
  const path = '\0ports-of-queue-proxy'
  for (;;) {
    const lock = createServer()
    const taken = new Promise((resolve) => {
      lock.once('listening', () => resolve(true)).once('error', () => resolve(false))
    })
    const others = new Set<{ destroy: () => void }>()
    lock.on('connection', (socket) => others.add(socket.on('error', () => {})))
    lock.listen(path)
    if (await taken) {
      return async () => {
        const closed = once(lock, 'close')
        lock.close()
        for (const other of others) other.destroy()
        await closed
      }
    }
    // Closed by the one that has them, when it gives them back.
    await new Promise((resolve) => {
      connect(path)
        .once('close', resolve)
        .on('error', () => {})
        .resume()
    })
  }
}
