import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type KubeEvent, SERVICE_LABEL } from './kube-state.ts'
import { makeTestFolder } from './test-folder.ts'

type KubeObject = KubeEvent['object']

/** A deployment of a Knative Service. */
export function deploymentOf(service: string, replicas: number, uid = service): KubeObject {
  const metadata = { uid, labels: { [SERVICE_LABEL]: service } }
  return { kind: 'Deployment', metadata, spec: { replicas } }
}

const POD_STAGES = ['created', 'scheduled', 'started', 'ready'] as const

/** A pod of a Knative Service that is so far. */
export function podOf(
  service: string,
  uid: string,
  stage: (typeof POD_STAGES)[number] | 'terminating',
): KubeObject {
  const isTerminating = stage === 'terminating'
  const reached = isTerminating ? POD_STAGES.length : POD_STAGES.indexOf(stage)
  const status = (at: number) => (reached >= at ? 'True' : 'False')
  return {
    kind: 'Pod',
    metadata: {
      uid,
      labels: { [SERVICE_LABEL]: service },
      ...(isTerminating && { deletionTimestamp: '2026-11-25T16:00:00Z' }),
    },
    status: {
      conditions: [
        { type: 'PodScheduled', status: status(1) },
        { type: 'Ready', status: status(3) },
      ],
      containerStatuses: [{ state: reached >= 2 ? { running: {} } : {} }],
    },
  }
}

type FakeKubectl = {
  /** What there is when it is asked for a list. */
  items: KubeObject[]
  /** What a watch of this kind prints; then it runs on, or ends with a code. */
  events?: { deployments?: KubeEvent[]; pods?: KubeEvent[] }
  exitCode?: number
  /** What it says before it fails, in the place of all that. */
  failure?: string
}

/** The path of a program that prints as kubectl would; in a folder of its own, gone after the test. */
export async function makeFakeKubectl(fake: FakeKubectl): Promise<string> {
  const path = join(await makeTestFolder(), 'kubectl')
  const events = fake.events ?? {}
  await writeFile(
    path,
    `#!${process.execPath}
const args = process.argv.slice(2)
const fake = ${JSON.stringify({ ...fake, events })}
const kind = args[args.indexOf('get') + 1]
if (fake.failure) {
  console.error(fake.failure)
  process.exit(1)
}
if (args.includes('--watch')) {
  for (const event of fake.events[kind] ?? []) console.log(JSON.stringify(event))
  if (fake.exitCode === undefined) setInterval(() => {}, 1000)
  else process.exitCode = fake.exitCode
} else console.log(JSON.stringify({ items: fake.items, args }))
`,
  )
  await chmod(path, 0o755)
  return path
}
