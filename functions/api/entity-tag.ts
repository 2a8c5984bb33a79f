/** Whether an `If-None-Match` names a tag (RFC 9110, section 13.1.2): any of a list; a weak one is as good. */
export function hasTag(condition: string | undefined, etag: string): boolean {
  const tags = condition?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? []
  return tags.includes(etag) || tags.includes('*')
}
