import { signQuery } from '../functions/contract/signed-url.ts'
import type { Command } from './command.ts'
import { flagsToHelp } from './flags.ts'
import { optionsHelp } from './option-flags.ts'
import { parseSignArguments, signFlags } from './sign-arguments.ts'
import { UsageError } from './usage-error.ts'

/** Makes a URL of a result that is valid for some time; the service need not be there. */
export function createSign(nowMs: () => number = Date.now): Command {
  return {
    summary: 'make a signed URL of a result, which needs no key and expires',
    usage: 'URL [options]',
    help: `URL is that of an image for the service to download. What is written is the URL of its result, for an
<img> or a link: whoever has it needs no key until it expires, and can change nothing in it.

The key to sign with is in the environment, as URL_SIGNING_KEY: one of the URL_SIGNING_KEYS of the service.
It is never an argument, as those can be read by everybody on a machine.

${flagsToHelp(signFlags)}

${optionsHelp}`,

    async run(args, { stdout, urlSigningKey }) {
      const { serviceUrl, query, expiresInSeconds } = parseSignArguments(args)
      if (!urlSigningKey) {
        throw new UsageError(
          'There is no key to sign with; have it in the variable URL_SIGNING_KEY.',
        )
      }
      const expiresSeconds = Math.floor(nowMs() / 1000) + expiresInSeconds
      stdout.write(`${serviceUrl}/image?${signQuery(query, expiresSeconds, urlSigningKey)}\n`)
      return 0
    },
  }
}
