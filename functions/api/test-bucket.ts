/** What is in a bucket, seen with the SDK alone, as a batch job sees it. */
import {
  type BucketLifecycleConfiguration,
  CopyObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { Minio } from './test-minio.ts'

/** The names of its objects that begin so. */
export async function objectNames(minio: Minio, Bucket: string, Prefix = ''): Promise<string[]> {
  const client = clientOf(minio)
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }))
  client.destroy()
  return Contents.map(({ Key = '' }) => Key)
}

/** One of them: its type and its bytes. */
export async function readObject(minio: Minio, Bucket: string, Key: string) {
  const client = clientOf(minio)
  const { ContentType, Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
  const bytes = Buffer.from((await Body?.transformToByteArray()) ?? [])
  client.destroy()
  return { type: ContentType, bytes }
}

/** Copies one of them over another, with all that it says of itself. */
export async function copyObject(minio: Minio, Bucket: string, from: string, to: string) {
  const client = clientOf(minio)
  await client.send(new CopyObjectCommand({ Bucket, CopySource: `${Bucket}/${from}`, Key: to }))
  client.destroy()
}

/** Sets what becomes of old objects; resolves with the rules that the server has then. */
export async function setLifecycle(
  minio: Minio,
  Bucket: string,
  rules: BucketLifecycleConfiguration,
) {
  const client = clientOf(minio)
  const LifecycleConfiguration = rules
  await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }))
  const { Rules } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
  client.destroy()
  return Rules
}

function clientOf({ endpoint, credentials }: Minio): S3Client {
  return new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true })
}
