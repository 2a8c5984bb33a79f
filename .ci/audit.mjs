/**
 * Fails when a package of package-lock.json has a known vulnerability, and names it, and when the registry
 * did not answer. One that has no such answers, as many mirrors have not, is one sentence and no failure: it
 * says nothing of the packages.
 */
import { spawnSync } from 'node:child_process'

/** How a registry refuses a question that it does not know: not found, not allowed, not implemented. */
const NOT_OFFERED = [404, 405, 501]

for (const [what, ...flags] of [['production', '--omit=dev'], ['all']]) {
  const { vulnerabilities, message, statusCode } = audit(flags)
  if (!vulnerabilities) {
    if (!NOT_OFFERED.includes(statusCode)) throw new Error(`not audited: ${message}`)
    console.log(`not audited, as the registry does not tell of vulnerabilities: ${message}`)
    break
  }
  const found = Object.values(vulnerabilities)
  console.log(`${what} packages with known vulnerabilities: ${found.length}`)
  for (const vulnerability of found) console.log(describe(vulnerability))
  if (found.length > 0) process.exitCode = 1
}

/** What npm says: vulnerabilities by package, or a message why it knows of none. */
function audit(flags) {
  const { stdout, stderr } = spawnSync('npm', ['audit', '--json', ...flags], { encoding: 'utf8' })
  const said = stdout.startsWith('{') ? JSON.parse(stdout) : {}
  // Neither an answer of the registry nor none, but a fault of npm or of the lock file.
  if (!said.vulnerabilities && !said.message)
    throw new Error(`npm audit failed: ${stderr || stdout}`)
  return said
}

function describe({ name, severity, range, via, isDirect }) {
  // A name alone is a package that this one depends on, which is in the list itself.
  const why = via.map((each) =>
    typeof each === 'string' ? `by ${each}` : `${each.title} ${each.url}`,
  )
  return `  ${name} ${range || '*'} (${severity}${isDirect ? '' : ', indirect'}): ${why.join('; ')}`
}
