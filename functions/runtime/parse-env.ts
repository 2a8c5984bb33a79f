import type * as z from 'zod'

/** A configuration that cannot be used; the message names every bad variable, a line each. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}

/**
 * The configuration that the environment describes. Each key of the schema is a variable; an empty
 * one counts as not set, as it does in shells and manifests. Throws ConfigurationError naming every
 * bad variable, what it holds and what is allowed.
 */
export function parseEnv<Schema extends z.ZodObject>(
  schema: Schema,
  env: Record<string, string | undefined>,
): z.output<Schema> {
  const names = Object.keys(schema.shape)
  const set = names.flatMap((name) => (env[name] ? [[name, env[name]] as const] : []))
  const parsed = schema.safeParse(Object.fromEntries(set))
  if (parsed.success) return parsed.data
  const bad = new Set(parsed.error.issues.map((issue) => String(issue.path[0])))
  throw new ConfigurationError(
    [...bad].map((name) => complaint(schema, name, env[name])).join('\n'),
  )
}

function complaint(schema: z.ZodObject, name: string, text: string | undefined): string {
  const { allowed, isSecret } = schema.shape[name]?.meta() ?? {}
  // What is written here is in the logs of whoever runs the service.
  const value = isSecret ? `of ${text?.length ?? 0} characters` : JSON.stringify(text ?? '')
  return `${name} is ${value}; allowed: ${allowed}.`
}
