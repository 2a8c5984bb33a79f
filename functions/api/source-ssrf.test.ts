import { describe, expect, it } from 'vitest'
import { PICTURE, startApi } from './test-api.ts'
import { namesOf, type Origin, startOrigin } from './test-origin.ts'

/** Names that an attacker owns, and one that is everybody's. */
const { resolveName } = namesOf({
  'loopback.example': ['127.0.0.1'],
  'loopback6.example': ['::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'compatible.example': ['::127.0.0.1'],
  'unspecified.example': ['0.0.0.0'],
  'zone.example': ['::1%lo'],
  'nat64.example': ['64:ff9b::7f00:1'],
  'private.example': ['10.0.0.1'],
  'mixed.example': ['93.184.216.34', '127.0.0.1'],
  'mixed6.example': ['2606:2800:220:1:248:1893:25c8:1946', '::1'],
  'metadata.google.internal': ['169.254.169.254'],
})

/** PORT is that of a server on loopback which listens on every address of this machine. */
const SPELLINGS = `
http://127.0.0.1:PORT/
https://127.0.0.1:PORT/
http://127.1:PORT/
http://127.0.1:PORT/
http://127.127.127.127:PORT/
http://127.0.0.255:PORT/
http://127.0.0.1.:PORT/
http://2130706433:PORT/
http://2130706433.:PORT/
http://017700000001:PORT/
http://0x7f000001:PORT/
http://0X7F000001:PORT/
http://0x7f.0.0.1:PORT/
http://0x7f.1:PORT/
http://0x7f.0x0.0x0.0x1:PORT/
http://0177.0.0.1:PORT/
http://0177.1:PORT/
http://00000177.0.0.01:PORT/
http://0177.0x0.1:PORT/
http://%31%32%37.0.0.1:PORT/
http://127%2e0%2e0%2e1:PORT/
http://１２７.０.０.１:PORT/
http://①②⑦.⓪.⓪.①:PORT/
http://127。0。0。1:PORT/
http://𝟏𝟐𝟕.𝟎.𝟎.𝟏:PORT/
http://127.0.0\u00ad.1:PORT/
http://0.0.0.0:PORT/
http://0:PORT/
http://0x0:PORT/
http://0.0.0.0.:PORT/
http://[::1]:PORT/
http://[0:0:0:0:0:0:0:1]:PORT/
http://[0000:0000:0000:0000:0000:0000:0000:0001]:PORT/
http://[::0.0.0.1]:PORT/
http://[::]:PORT/
http://[::ffff:127.0.0.1]:PORT/
http://[::FFFF:7F00:1]:PORT/
http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/
http://[::ffff:0.0.0.0]:PORT/
http://[::127.0.0.1]:PORT/
http://[::7f00:1]:PORT/
http://[::ffff:0:127.0.0.1]:PORT/
http://[64:ff9b::127.0.0.1]:PORT/
http://[64:ff9b:1::127.0.0.1]:PORT/
http://[2002:7f00:1::]:PORT/
http://[2001:0:7f00:1::]:PORT/
http://[2001:db8::1]:PORT/
http://[2a00::5efe:127.0.0.1]:PORT/
http://[fe80::5efe:127.0.0.1]:PORT/
http://[fe80::1]:PORT/
http://[fec0::1]:PORT/
http://[ff02::1]:PORT/
http://localhost:PORT/
http://localhost.:PORT/
http://localhost..:PORT/
http://LOCALHOST:PORT/
http://LocalHost.:PORT/
http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/
http://lo%63alhost:PORT/
http://local\u00adhost:PORT/
http://anything.localhost:PORT/
http://loopback.example:PORT/
https://loopback.example:PORT/
http://LOOPBACK.example.:PORT/
http://loopback6.example:PORT/
http://mapped.example:PORT/
http://compatible.example:PORT/
http://unspecified.example:PORT/
http://zone.example:PORT/
http://nat64.example:PORT/
http://private.example:PORT/
http://mixed.example:PORT/
http://mixed6.example:PORT/
http://metadata.google.internal/computeMetadata/v1/
http://169.254.169.254/latest/meta-data/
http://[fd00:ec2::254]/latest/meta-data/
http://100.100.100.200/latest/meta-data/
http://168.63.129.16/
http://192.0.0.192/
http://user@127.0.0.1:PORT/
http://93.184.216.34@127.0.0.1:PORT/
http://127.0.0.1:PORT@93.184.216.34/
http://user:password@loopback.example:PORT/
http://:@@127.0.0.1:PORT/
http:127.0.0.1:PORT/
http:/127.0.0.1:PORT/
http:////127.0.0.1:PORT/
http:\\\\127.0.0.1:PORT\\
http://127.0.0.1:PORT\\@93.184.216.34/
http://127.0.0.1:PORT#@93.184.216.34/
http://127.0.0.1:PORT?@93.184.216.34/
\u0020http://127.0.0.1:PORT/\u0020
ht\ttp://127.0.0.1:PORT/
http://127.0.\t0.1:PORT/
ftp://127.0.0.1:PORT/
ws://127.0.0.1:PORT/
gopher://127.0.0.1:PORT/
unix:/var/run/docker.sock
file:///etc/passwd
data:image/png;base64,iVBORw0KGgo=
javascript:fetch('http://127.0.0.1:PORT/')
blob:http://127.0.0.1:PORT/1
view-source:http://127.0.0.1:PORT/
127.0.0.1:PORT/
localhost:PORT/
`

/** No URLs, by the rules that browsers have, or relative ones. */
const NO_URLS = `
//127.0.0.1:PORT/
///127.0.0.1:PORT/
\\\\127.0.0.1:PORT
http://[::1%25lo]:PORT/
http://[::1%lo]:PORT/
http://[fe80::1%25eth0]:PORT/
http://[127.0.0.1]:PORT/
http://127.0.0.1.1:PORT/
http://127.0.0.256:PORT/
http://0x7f.0.0.0.1:PORT/
http://127.0.0.1%00:PORT/
http://127.0.0.1%20:PORT/
http://127.0.0.1:PORT1234567/
`

function linesOf(table: string): string[] {
  return table.split('\n').filter((line) => line !== '')
}

const rows = [
  ...linesOf(SPELLINGS).map((spelling) => [spelling, 'forbidden_source'] as const),
  // 127.0.0.1:8080 is no URL, as a scheme does not begin with a digit.
  ...linesOf(NO_URLS).map((spelling) => [spelling, 'invalid_request'] as const),
].map(([spelling, code]) => [spelling, spelling.startsWith('127.') ? 'invalid_request' : code])

/** Listens on all addresses, so that any way to this machine is one to it. */
function startVictim(): Promise<Origin> {
  return startOrigin((_, response) => response.end(PICTURE), '::')
}

describe('a URL that leads to this machine', () => {
  it('is spelled in 60 ways or more', () => {
    expect(rows.length).toBeGreaterThanOrEqual(60)
  })

  it.each(rows)('%j is refused with %s, and nobody is connected to', async (spelling, code) => {
    await using victim = await startVictim()
    await using api = await startApi({ downloads: { resolveName } })
    const url = spelling.replace('PORT', String(victim.port))
    const posted = await api.ask('/image', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ url }),
    })
    expect(await posted.json()).toMatchObject({ code })
    const got = await api.ask(`/image?url=${encodeURIComponent(url)}`)
    expect(await got.json()).toMatchObject({ code })
    expect(victim.connections()).toBe(0)
  })

  it('is downloaded where private addresses are allowed, so the victim does listen', async () => {
    await using victim = await startVictim()
    await using api = await startApi({ env: { SOURCE_ALLOW_PRIVATE: 'true' } })
    for (const host of ['127.0.0.1', '0x7f.1', 'localhost', '[::1]']) {
      const got = await api.ask(`/image?url=http://${host}:${victim.port}/`)
      expect([host, got.status]).toEqual([host, 200])
    }
    expect(victim.connections()).toBe(4)
  })

  it.each([
    '0.0.0.0',
    '[::]',
    '[::ffff:127.0.0.1]',
    '169.254.169.254',
    '[ff02::1]',
    '100.100.100.200',
  ])('as %s is refused even where private addresses are allowed', async (host) => {
    await using victim = await startVictim()
    await using api = await startApi({ env: { SOURCE_ALLOW_PRIVATE: 'true' } })
    const got = await api.ask(`/image?url=http://${host}:${victim.port}/`)
    expect(await got.json()).toMatchObject({ code: 'forbidden_source', status: 403 })
    expect(victim.connections()).toBe(0)
  })
})
