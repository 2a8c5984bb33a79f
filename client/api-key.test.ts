import { describe, expect, it } from 'vitest'
import { withApiKey } from './api-key.ts'

const ADDRESS = { url: 'http://localhost:8080' }

describe('withApiKey()', () => {
  it.each([undefined, ''])('asks without a key for %o', (apiKey) => {
    expect(withApiKey(ADDRESS, apiKey)).toEqual(ADDRESS)
  })

  it.each(['7c9e6a54b1d8403f', 'aB0._~+/-=='])('asks with %s', (apiKey) => {
    expect(withApiKey(ADDRESS, apiKey)).toEqual({ ...ADDRESS, apiKey })
  })

  it.each(['two words', 'line\n', 'quoted"', 'é'])('refuses %j and does not show it', (apiKey) => {
    const asking = () => withApiKey(ADDRESS, apiKey)
    expect(asking).toThrow('IMAGE_API_KEY has characters that no key has')
    expect(asking).not.toThrow(apiKey)
  })
})
