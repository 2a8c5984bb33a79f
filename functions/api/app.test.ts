import { describe, expect, it } from 'vitest'
import { createLogger } from '../runtime/logger.ts'
import { ConfigurationError, parseEnv } from '../runtime/parse-env.ts'
import { createApiApp } from './app.ts'
import { apiConfigSchema } from './config.ts'
import { createResults } from './results.ts'
import { startApi } from './test-api.ts'

describe('GET /presets', () => {
  it('answers every preset with its options, as JSON with a newline at its end', async () => {
    await using api = await startApi({ env: { PRESETS: '{"small": {"scale": "64x64"}}' } })
    const answer = await api.ask('/presets')
    expect(answer.headers.get('Content-Type')).toBe('application/json')
    const text = await answer.text()
    expect(text.endsWith('}\n')).toBe(true)
    const { presets } = JSON.parse(text)
    expect(presets[0]).toMatchObject({
      name: 'imagenet-224',
      options: { scale: '256x256', crop: 'centre-224x224', mean: '0.485,0.456,0.406' },
      recipe: expect.stringContaining('torchvision'),
      source: expect.stringContaining('https://'),
    })
    expect(presets.at(-1)).toEqual({ name: 'small', options: { scale: '64x64' } })
  })

  it('answers a HEAD without the body', async () => {
    await using api = await startApi()
    const [get, head] = [await api.ask('/presets'), await api.ask('/presets', { method: 'HEAD' })]
    expect(head.status).toBe(200)
    expect(head.headers.get('Content-Type')).toBe('application/json')
    expect(await head.text()).toBe('')
    expect(await get.text()).not.toBe('')
  })

  it.each(['POST', 'PUT', 'DELETE'])('answers 405 to a %s', async (method) => {
    await using api = await startApi()
    const answer = await api.ask('/presets', { method })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('Allow')).toBe('GET, HEAD')
  })
})

describe('createApiApp()', () => {
  it.each([
    [{ FIT: 'short-side' }, 'The options at start-up (SCALE, FIT and so on) do not fit'],
    [{ PRESETS: '/nowhere.json' }, 'PRESETS (/nowhere.json) cannot be read'],
    [{ PRESETS: '{"small": {"scale": "64"}}' }, 'Preset small cannot be used: Option scale is'],
  ] as [Record<string, string>, string][])('refuses to start with %o', async (env, sentence) => {
    const config = parseEnv(apiConfigSchema, { STORE: 'none', ...env })
    const log = createLogger('api', 'silent')
    const results = await createResults(config, log)
    const create = () => createApiApp(config, log, results)
    expect(create).toThrow(ConfigurationError)
    expect(create).toThrow(sentence)
  })
})
