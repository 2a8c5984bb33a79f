import { describe, expect, it } from 'vitest'
import { createMachine } from './test-script.ts'

const SERVICE = 'kubectl --context CONTEXT delete namespace image-preprocessing --ignore-not-found'
const CLUSTER = 'minikube delete -p CONTEXT'

/** What knative/down does on a cluster of this name when nobody is there to be asked. */
async function down(context: string, ...args: string[]) {
  await using machine = await createMachine({ kubectl: {}, minikube: {} })
  return await machine.run('down', ['--context', context, ...args])
}

describe('knative/down', () => {
  it.each(['minikube', 'knative'])(
    'deletes the service, and nothing else, on %s',
    async (context) => {
      const { code, asked } = await down(context)
      expect(code).toBe(0)
      expect(asked).toEqual([SERVICE.replace('CONTEXT', context)])
    },
  )

  it('deletes the cluster that knative/up made', async () => {
    const { code, asked } = await down('knative', '--cluster')
    expect(code).toBe(0)
    expect(asked).toEqual([CLUSTER.replace('CONTEXT', 'knative')])
  })

  it.each([
    [
      'the service on another cluster',
      ['prod'],
      'Delete the service from the cluster of the context prod?',
    ],
    ['another cluster', ['prod', '--cluster'], 'Delete the whole cluster prod?'],
    [
      'a minikube that may have more on it',
      ['minikube', '--cluster'],
      'Delete the whole cluster minikube?',
    ],
  ] as [string, [string, ...string[]], string][])(
    'asks before it deletes %s',
    async (_, args, question) => {
      const unasked = await down(...args)
      expect(unasked.code).toBe(1)
      expect(unasked.said).toContain(question)
      expect(unasked.asked).toEqual([''])
      const meant = await down(...args, '--yes')
      expect(meant.code).toBe(0)
      const deed = args.includes('--cluster') ? CLUSTER : SERVICE
      expect(meant.asked).toEqual([deed.replace('CONTEXT', args[0])])
    },
  )
})
