import type * as z from 'zod'

/** A configuration that cannot be used; the message names every bad variable, a line each. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}

/**
 * The configuration that the environment describes. Each key of the schema is a variable; an empty
 * one counts as not set, as it does in shells and manifests. Throws ConfigurationError naming every
 * bad variable, what it holds and what is allowed; and the `hint` among the parameters of an issue.
 */
export function parseEnv<Schema extends z.ZodObject>(
  schema: Schema,
  env: Record<string, string | undefined>,
): z.output<Schema> {
  const names = Object.keys(schema.shape)
  const set = names.flatMap((name) => (env[name] ? [[name, env[name]] as const] : []))
  const parsed = schema.safeParse(Object.fromEntries(set))
  if (parsed.success) return parsed.data
  const bad = Map.groupBy(parsed.error.issues, (issue) => String(issue.path[0]))
  throw new ConfigurationError(
    [...bad].map(([name, issues]) => complaint(schema, name, env[name], hintOf(issues))).join('\n'),
  )
}

function hintOf(issues: z.core.$ZodIssue[]): string {
  const hints = issues.map((issue) => (issue.code === 'custom' ? issue.params?.hint : undefined))
  const hint = hints.find((found) => found !== undefined)
  return hint === undefined ? '' : ` (${hint})`
}

function complaint(
  schema: z.ZodObject,
  name: string,
  text: string | undefined,
  hint: string,
): string {
  const { allowed, isSecret } = schema.shape[name]?.meta() ?? {}
  // What is written here is in the logs of whoever runs the service.
  const value = isSecret ? `of ${text?.length ?? 0} characters` : JSON.stringify(text ?? '')
  return `${name} is ${value}${hint}; allowed: ${allowed}.`
}
