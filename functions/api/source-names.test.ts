import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createResolveName } from './source-names.ts'

const A = 1
const AAAA = 28
const NXDOMAIN = 3

type Answers = { a?: number[][]; aaaa?: number[][]; code?: number; isSilent?: boolean }

/** A server of names on loopback that answers the same to every name. */
async function startNames({ a = [], aaaa = [], code = 0, isSilent = false }: Answers) {
  let asked = 0
  const server = createSocket('udp4')
  server.on('message', (query, { port, address }) => {
    asked++
    if (isSilent) return
    const end = query.indexOf(0, 12) + 5
    const type = query.readUInt16BE(end - 4)
    const addresses = type === A ? a : type === AAAA ? aaaa : []
    const head = Buffer.from(query.subarray(0, end))
    head.writeUInt16BE(0x8180 + code, 2)
    head.writeUInt16BE(addresses.length, 6)
    head.fill(0, 8, 12)
    const records = addresses.map((bytes) => {
      const fixed = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, bytes.length])
      return Buffer.concat([fixed, Buffer.from(bytes)])
    })
    server.send(Buffer.concat([head, ...records]), port, address)
  })
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    resolveName: createResolveName([`127.0.0.1:${server.address().port}`]),
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}

const never = new AbortController().signal
const LOOPBACK6 = [...Array(15).fill(0), 1]

describe('a name', () => {
  it('has all addresses of both families', async () => {
    await using names = await startNames({
      a: [
        [93, 184, 216, 34],
        [127, 0, 0, 1],
      ],
      aaaa: [LOOPBACK6],
    })
    const addresses = await names.resolveName('mixed.example', never)
    expect(addresses).toEqual(['93.184.216.34', '127.0.0.1', '::1'])
  })

  it('may have addresses of one family alone', async () => {
    await using four = await startNames({ a: [[93, 184, 216, 34]] })
    expect(await four.resolveName('four.example', never)).toEqual(['93.184.216.34'])
    await using six = await startNames({ aaaa: [LOOPBACK6] })
    expect(await six.resolveName('six.example', never)).toEqual(['::1'])
  })

  it.each([
    ['does not exist', { code: NXDOMAIN }, 'ENOTFOUND'],
    ['has no address', {}, 'ENODATA'],
  ])('that %s rejects with %s', async (_, answers: Answers, code) => {
    await using names = await startNames(answers)
    await expect(names.resolveName('none.example', never)).rejects.toMatchObject({ code })
  })

  it('whose server is silent is given up when the signal aborts', async () => {
    await using names = await startNames({ isSilent: true })
    const reason = new Error('too late')
    const stop = new AbortController()
    const resolving = names.resolveName('silent.example', stop.signal)
    setTimeout(() => stop.abort(reason), 20)
    await expect(resolving).rejects.toBe(reason)
    await expect(names.resolveName('silent.example', stop.signal)).rejects.toBe(reason)
  })

  it.each(['localhost', 'images.localhost'])(
    '%s is loopback, and no server is asked',
    async (name) => {
      await using names = await startNames({ a: [[93, 184, 216, 34]] })
      expect(await names.resolveName(name, never)).toEqual(['127.0.0.1', '::1'])
      expect(names.asked()).toBe(0)
    },
  )
})
