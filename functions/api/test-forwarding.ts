import { type ApiOptions, PICTURE, startApi } from './test-api.ts'

/** An api without a store, for what it forwards; what is stored has tests of its own. */
export async function startForwarding({ env = {}, ...options }: ApiOptions = {}) {
  const api = await startApi({ ...options, env: { STORE: 'none', ...env } })
  return {
    ...api,
    received: api.imageFunction.received,
    post: (query: string, body: Uint8Array<ArrayBuffer> | null = PICTURE, init: RequestInit = {}) =>
      api.ask(`/image${query}`, { method: 'POST', body, ...init }),
  }
}
