import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, outcomeOf } from './ask-service.ts'
import { ask, countOf } from './test-ask.ts'
import { conditionsOf, deploy, inNamespace, manifests, untilReady } from './test-cluster.ts'
import {
  type EnvVariable,
  setVariable,
  type Template,
  templateOf,
} from './test-deployed-manifests.ts'
import { distinct, photograph } from './test-photograph.ts'
import { untilAtZero } from './test-pods.ts'

const { timeoutSeconds } = templateOf(manifests, 'image').spec

let picture: Buffer

beforeAll(async () => {
  picture = await photograph({ width: 1600, height: 1200 })
})

afterAll(async () => {
  await restore()
})

/**
 * Its pods are tried no longer than a minute, and then leave the cluster to the next test. All images are there, so
 * nothing that works takes that long.
 */
function givenUpSoon(template: Template): void {
  template.metadata.annotations['serving.knative.dev/progress-deadline'] = '60s'
}

describe('a wrong SCALE in the manifest', () => {
  it('is said by Knative in the words of the function, while the last revision goes on', async ({
    annotate,
  }) => {
    const startedMs = performance.now()
    await deploy((changed) => {
      const template = templateOf(changed, 'api')
      setVariable(template, { name: 'SCALE', value: 'huge' })
      givenUpSoon(template)
    })
    const sentence = 'SCALE is "huge"; allowed: none, or WIDTHxHEIGHT in pixels'
    await expect
      .poll(() => messageOf('api', 'ConfigurationsReady'), { timeout: 120_000, interval: 500 })
      .toContain(sentence)
    await annotate(`said after ${Math.round((performance.now() - startedMs) / 1000)} s`)
    expect(await inNamespace('describe', 'ksvc', 'api')).toContain(sentence)
    expect(outcomeOf(await ask(distinct(picture)))).toBe('200')

    await restore()
    expect(outcomeOf(await ask(distinct(picture)))).toBe('200')
  })
})

describe('an image function', () => {
  it('that is not there is image_function_unavailable, within a second', async ({ annotate }) => {
    // The api has started.
    expect(outcomeOf(await ask(distinct(picture)))).toBe('200')
    await inNamespace('delete', 'ksvc', 'image')
    try {
      // Its pods and its name are there for a moment yet.
      const gone = async () => outcomeOf(await ask(distinct(picture)))
      await expect.poll(gone, { timeout: 30_000 }).toBe('image_function_unavailable')
      const answer = await ask(distinct(picture))
      expect(outcomeOf(answer)).toBe('image_function_unavailable')
      await annotate(`answered after ${Math.round(answer.ms)} ms`)
      expect(answer.ms).toBeLessThan(1000)
    } finally {
      await restore()
    }
    await expect
      .poll(async () => outcomeOf(await ask(distinct(picture))), { timeout: 60_000 })
      .toBe('200')
  })

  it('that no longer starts is image_function_timeout, within the timeout', async ({
    annotate,
  }) => {
    // A value from outside changes without a new revision, which would not be given any requests.
    await slots('1')
    try {
      await deploy((changed) => {
        const template = templateOf(changed, 'image')
        setVariable(template, SLOTS_FROM_OUTSIDE)
        givenUpSoon(template)
      })
      await untilReady('image')
      await untilAtZero('image')
      await slots('none')
      const answer = await ask(distinct(picture))
      expect(outcomeOf(answer)).toBe('image_function_timeout')
      await annotate(`answered after ${Math.round(answer.ms)} ms`)
      // Knative gave it up, which the api does not wait longer for.
      expect(answer.ms / 1000).toBeLessThan(timeoutSeconds + 4)
    } finally {
      await restore()
    }
    expect(outcomeOf(await ask(distinct(picture)))).toBe('200')
  })

  it('whose proxy refuses makes no problem but overloaded, with a time to come back', async ({
    annotate,
  }) => {
    // One pod, and no queue but that of its proxy, which holds ten. Under load Knative soon queues before
    // it all the same, and the api asks again: few bursts have a refusal that comes through.
    await deploy((changed) => {
      const { annotations } = templateOf(changed, 'image').metadata
      annotations['autoscaling.knative.dev/target-burst-capacity'] = '0'
      annotations['autoscaling.knative.dev/max-scale'] = '1'
    })
    try {
      await untilReady('image')
      const answers: Answer[] = []
      for (let burst = 1; burst <= 5; burst++) {
        const asked = Array.from({ length: 30 }, () => ask(distinct(picture)))
        answers.push(...(await Promise.all(asked)))
      }
      const counts = countOf(answers.map(outcomeOf))
      await annotate(JSON.stringify(counts))
      const { '200': done = 0, overloaded = 0, ...others } = counts
      expect(others).toEqual({})
      expect(done + overloaded).toBe(answers.length)
      const refused = answers.filter(({ status }) => status === 503)
      expect(refused.filter(({ headers }) => !/^\d+$/.test(`${headers['retry-after']}`))).toEqual(
        [],
      )
    } finally {
      await restore()
    }
  })
})

const SLOTS_FROM_OUTSIDE: EnvVariable = {
  name: 'SLOTS',
  valueFrom: { configMapKeyRef: { name: 'slots', key: 'slots' } },
}

async function slots(value: string): Promise<void> {
  await inNamespace('delete', 'configmap', 'slots', '--ignore-not-found')
  await inNamespace('create', 'configmap', 'slots', `--from-literal=slots=${value}`)
}

async function restore(): Promise<void> {
  await deploy()
  await untilReady('api', 'image')
}

async function messageOf(service: 'api' | 'image', type: string): Promise<string> {
  const conditions = await conditionsOf(service)
  return conditions.find((condition) => condition.type === type)?.message ?? ''
}
