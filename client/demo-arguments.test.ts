import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseDemoArguments } from './demo-arguments.ts'
import { makeTestFolder } from './test-folder.ts'
import { UsageError } from './usage-error.ts'

describe('parseDemoArguments()', () => {
  it('knows where the functions are when nothing is said', async () => {
    expect(await parseDemoArguments([])).toEqual({
      address: { url: 'http://localhost:8080' },
      place: { namespace: 'image-preprocessing', services: { api: 'api', image: 'image' } },
      report: undefined,
      burstSeconds: 60,
      silenceSeconds: 90,
      concurrency: 8,
      from: { size: { width: 1600, height: 1200 } },
    })
  })

  it('takes all there is', async () => {
    const path = join(await makeTestFolder(), 'demo.html')
    const place = '--namespace n --context minikube --api api-2 --image image-2'
    const numbers = '--burst-seconds 5 --silence-seconds 0 --concurrency 3 --picture a.jpg'
    const args = [...place.split(' '), ...numbers.split(' '), '--report', path]
    expect(await parseDemoArguments(args)).toMatchObject({
      place: {
        namespace: 'n',
        context: 'minikube',
        services: { api: 'api-2', image: 'image-2' },
      },
      report: { path, kind: 'html' },
      burstSeconds: 5,
      silenceSeconds: 0,
      concurrency: 3,
      from: { file: 'a.jpg' },
    })
  })

  it.each([
    [['photo.jpg'], 'There is nothing to do with photo.jpg; demo takes options alone.'],
    [['--namespace', 'A b'], 'Option namespace is "A b"; allowed: a name of lower-case letters'],
    [['--api', 'a) in (b'], 'Option api is "a) in (b"'],
    [['--burst-seconds', '0'], 'Option burst-seconds is "0"'],
    [['--report', 'demo.png'], 'Option report is "demo.png"; allowed: a path that ends in .svg or'],
    [['--report', '/gone/demo.svg'], 'There is no folder /gone for the report.'],
  ])('refuses %o', async (args, sentence) => {
    const parsing = parseDemoArguments(args)
    await expect(parsing).rejects.toThrow(UsageError)
    await expect(parsing).rejects.toThrow(sentence)
  })
})
