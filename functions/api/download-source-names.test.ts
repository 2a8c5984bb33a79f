import { afterEach, describe, expect, it, vi } from 'vitest'
import { startDeafOrigin } from './test-deaf-origin.ts'
import { answerPicture, PRIVATE, PUBLIC, startRedirecting, textOf } from './test-download.ts'
import { downloader, namesOf, problemOf, reroute, startOrigin } from './test-origin.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('DNS', () => {
  it('is asked once for each hop, and the connection goes to the very address that was judged', async () => {
    await using origin = await startOrigin(answerPicture)
    const dialled = reroute({ [PUBLIC]: origin.port })
    const names = namesOf({ 'rebinding.example': [[PUBLIC], ['127.0.0.1']] })
    const { read } = await downloader({}, names)('http://rebinding.example/')
    expect(textOf(read?.body.chunks)).toBe('a picture')
    expect(dialled).toEqual([PUBLIC])
    expect(names.asked).toEqual(['rebinding.example'])
  })

  it('rebinding between two hops of one name does not reach loopback', async () => {
    await using origin = await startRedirecting('/again')
    await using victim = await startOrigin(answerPicture)
    const dialled = reroute({ [PUBLIC]: origin.port })
    const names = namesOf({ 'rebinding.example': [[PUBLIC], ['127.0.0.1']] })
    const problem = await problemOf(
      downloader({}, names)(`http://rebinding.example:${victim.port}/`),
    )
    expect(problem.code).toBe('forbidden_source')
    expect(dialled).toEqual([PUBLIC])
    expect(victim.connections()).toBe(0)
  })

  it('rebinding between two downloads does not reach loopback', async () => {
    await using origin = await startOrigin(answerPicture)
    await using victim = await startOrigin(answerPicture)
    reroute({ [PUBLIC]: origin.port })
    const names = namesOf({ 'rebinding.example': [[PUBLIC], ['127.0.0.1']] })
    const download = downloader({}, names)
    await download('http://rebinding.example/')
    const again = await problemOf(download(`http://rebinding.example:${victim.port}/`))
    expect(again.code).toBe('forbidden_source')
    expect(victim.connections()).toBe(0)
  })

  it('connects to the first judged address on a real socket, too', async () => {
    await using origin = await startOrigin(answerPicture, '127.0.0.2')
    const names = namesOf({ 'two.example': [['127.0.0.2'], ['127.0.0.3']] })
    await downloader(PRIVATE, names)(`http://two.example:${origin.port}/`)
    expect(origin.connections()).toBe(1)
  })

  it.runIf(process.platform === 'linux')(
    'waits for an address whose first packet is lost and sent again after a second, though there is another',
    async () => {
      const names = namesOf({ 'slow.example': [['127.0.0.3', '::1']] })
      await using origin = await startDeafOrigin('127.0.0.3')
      const reading = downloader(PRIVATE, names)(`http://slow.example:${origin.port}/`)
      await origin.hear()
      expect(textOf((await reading).read?.body.chunks)).toBe('a picture')
    },
  )

  it.each([
    ['first', ['127.0.0.1', PUBLIC]],
    ['last', [PUBLIC, '127.0.0.1']],
    ['by IPv6', [PUBLIC, '::1']],
    ['among many', [...Array(100).fill(PUBLIC), '169.254.169.254']],
  ])('with a forbidden address %s is refused altogether', async (_, addresses) => {
    const dialled = reroute({})
    const names = namesOf({ 'mixed.example': addresses })
    const { code } = await problemOf(downloader({}, names)('http://mixed.example/'))
    expect(code).toBe('forbidden_source')
    expect(dialled).toEqual([])
  })

  it('does not say which address it was', async () => {
    const names = namesOf({ 'internal.example': ['10.1.2.3'] })
    const { detail } = await problemOf(downloader({}, names)('http://internal.example/'))
    expect(detail).toBe(
      'The source may not be fetched. Its host has an address that is not a public one.',
    )
  })

  it('without such a name is source_unreachable', async () => {
    expect(await problemOf(downloader({})('http://nowhere.example/'))).toEqual({
      code: 'source_unreachable',
      detail: 'The source could not be fetched. There is no host of this name.',
    })
  })

  it('whose servers cannot be asked is source_unreachable, and it says so', async () => {
    const said = { code: 'ECONNREFUSED', syscall: 'queryA' }
    const resolveName = () => Promise.reject(Object.assign(new Error('no server'), said))
    expect(await problemOf(downloader({}, { resolveName })('http://some.example/'))).toEqual({
      code: 'source_unreachable',
      detail: 'The source could not be fetched. The name of its host could not be looked up.',
    })
  })

  it('that never answers is source_timeout', async () => {
    const resolveName = () => new Promise<never>(() => {})
    const download = downloader({ SOURCE_TIMEOUT_MS: '50' }, { resolveName })
    expect((await problemOf(download('http://slow.example/'))).code).toBe('source_timeout')
  })
})
