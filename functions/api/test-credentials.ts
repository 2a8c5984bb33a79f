/** Credentials of a MinIO that may do less than its owner, from its own AssumeRole. */
import { createHmac, hash } from 'node:crypto'
import type { Minio } from './test-minio.ts'

/** Those that a policy allows, as the environment has them; they end with the server or after an hour. */
export async function credentialsFor(
  minio: Minio,
  policy: { Action: string[]; Resource: string[] },
): Promise<Record<string, string>> {
  const statement = { Effect: 'Allow', ...policy }
  const body = new URLSearchParams({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
  }).toString()
  const answer = await fetch(minio.endpoint, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...signed(minio, body) },
  })
  const xml = await answer.text()
  const textOf = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(xml)?.[1] ?? ''
  if (!answer.ok) throw new Error(`MinIO gives no credentials: ${xml}`)
  return {
    AWS_ACCESS_KEY_ID: textOf('AccessKeyId'),
    AWS_SECRET_ACCESS_KEY: textOf('SecretAccessKey'),
    AWS_SESSION_TOKEN: textOf('SessionToken'),
  }
}

const REGION = 'us-east-1'

/** Signature Version 4 of a POST to `/`; the SDK signs for S3 alone. */
function signed({ endpoint, credentials }: Minio, body: string): Record<string, string> {
  const now = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const day = now.slice(0, 8)
  const scope = `${day}/${REGION}/sts/aws4_request`
  const headers = `host:${new URL(endpoint).host}\nx-amz-date:${now}\n`
  const request = `POST\n/\n\n${headers}\nhost;x-amz-date\n${hash('sha256', body, 'hex')}`
  const text = `AWS4-HMAC-SHA256\n${now}\n${scope}\n${hash('sha256', request, 'hex')}`
  const key = [day, REGION, 'sts', 'aws4_request'].reduce<string | Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    `AWS4${credentials.secretAccessKey}`,
  )
  const signature = createHmac('sha256', key).update(text).digest('hex')
  const credential = `${credentials.accessKeyId}/${scope}`
  return {
    'X-Amz-Date': now,
    Authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
  }
}
