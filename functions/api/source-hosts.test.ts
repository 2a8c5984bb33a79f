import { describe, expect, it } from 'vitest'
import { isListedHost, parseSourceHosts } from './source-hosts.ts'

describe('parseSourceHosts()', () => {
  it.each([
    ['example.org', ['example.org']],
    ['Images.Example.ORG. , *.Example.com', ['images.example.org', '*.example.com']],
    ['bücher.example', ['xn--bcher-kva.example']],
    ['127.0.0.1,[::1]', ['127.0.0.1', '[::1]']],
    ['minio.default.svc.cluster.local', ['minio.default.svc.cluster.local']],
  ])('reads %s', (text, hosts) => {
    expect(parseSourceHosts(text)).toEqual(hosts)
  })

  it.each([
    ',',
    'a.org,',
    '*',
    '*.',
    'a.*.org',
    'https://a.org',
    'a.org/x',
    'a.org:80',
    'a.org:',
    'u@a.org',
    'a b.org',
    '[::1]:80',
    'a%.org',
  ])('refuses %s', (text) => {
    expect(parseSourceHosts(text)).toBeUndefined()
  })
})

describe('isListedHost()', () => {
  const listed = parseSourceHosts('example.org,*.example.com') ?? []

  it.each(['example.org', 'example.org.', 'a.example.com', 'a.b.example.com', 'a.example.com.'])(
    'knows %s',
    (host) => {
      expect(isListedHost(host, listed)).toBe(true)
    },
  )

  it.each([
    'a.example.org',
    'example.com',
    'notexample.org',
    'notexample.com',
    'a.example.com.evil.org',
    'example.org.evil.org',
    '',
  ])('does not know %s', (host) => {
    expect(isListedHost(host, listed)).toBe(false)
  })
})
