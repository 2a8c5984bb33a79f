import { describe, expect, it } from 'vitest'
import { outcomeOf } from './ask-service.ts'
import { ask } from './test-ask.ts'
import { createForTrial, deploy, inNamespace, untilReady } from './test-cluster.ts'
import { distinct, photograph } from './test-photograph.ts'
import { podsOf } from './test-pods.ts'

const SMALL = { width: 320, height: 240 }

/** A pod that asks for nothing of what the policy wants of it. */
const CARELESS_POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'careless' },
  spec: { containers: [{ name: 'careless', image: 'dev.local/none:1' }] },
}

describe('the namespace', () => {
  it('lets no pod in that Pod Security calls less than restricted', async () => {
    const admitted = createForTrial(CARELESS_POD)
    await expect(admitted).rejects.toThrow('violates PodSecurity "restricted')
  })

  it('has both functions in it, ready', async () => {
    await untilReady('api', 'image')
    expect(outcomeOf(await ask(distinct(await photograph(SMALL))))).toBe('200')
  })

  it('is not changed by deploying a second time', async () => {
    const revisions = await inNamespace('get', 'revisions', '-o', 'name')
    const said = await deploy()
    expect(said.filter((line) => !line.endsWith(' unchanged'))).toEqual([])
    expect(await inNamespace('get', 'revisions', '-o', 'name')).toBe(revisions)
  })
})

describe('what can be read about it', () => {
  it('has one line of JSON for each request in the log of each function', async () => {
    const requestId = `logged-${Date.now()}`
    expect(outcomeOf(await ask(distinct(await photograph(SMALL)), { requestId }))).toBe('200')
    for (const service of ['api', 'image'] as const) {
      const lines = (await logOf(service)).trim().split('\n')
      const objects = lines.map((line) => JSON.parse(line))
      const ofRequest = objects.filter((line) => line.requestId === requestId)
      expect(ofRequest).toEqual([
        expect.objectContaining({ function: service, method: 'POST', status: 200 }),
      ])
    }
  })

  it('has no secret in it', async () => {
    const password = await secret('minio', 'password')
    const token = await secret('api-admin', 'token')
    const told = [
      await inNamespace('get', 'ksvc,revision,deployment,pod,job', '-o', 'yaml'),
      await inNamespace('describe', 'ksvc'),
      await logOf('api'),
      await logOf('image'),
      await inNamespace('logs', 'deployment/minio'),
      await inNamespace('logs', 'job/minio-bucket'),
    ].join()
    expect(told).toContain('secretKeyRef')
    expect(told.includes(password), 'the password of MinIO').toBe(false)
    expect(told.includes(token), 'the token of the api').toBe(false)
  })
})

/** What the pods that are there have written, the lines of the function itself. */
async function logOf(service: 'api' | 'image'): Promise<string> {
  const pods = await podsOf(service)
  const logs = pods.map(({ metadata }) =>
    inNamespace('logs', metadata.name, '--container', service),
  )
  return (await Promise.all(logs)).join('')
}

async function secret(name: string, key: string): Promise<string> {
  const base64 = await inNamespace('get', 'secret', name, '-o', `jsonpath={.data.${key}}`)
  return Buffer.from(base64, 'base64').toString()
}
