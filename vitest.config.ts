import { defineConfig, type ViteUserConfig } from 'vitest/config'

type TestConfig = NonNullable<ViteUserConfig['test']>

/** `npm test`: everything that needs nothing but this machine. */
const LOCAL: TestConfig = {
  include: ['functions/**/*.test.ts', 'client/**/*.test.ts', 'knative/**/*.test.ts'],
  provide: {
    // Where CI runs nothing may be skipped that can be installed.
    ci: Boolean(process.env.CI),
    // Pythons with other versions of Pillow than the installed one.
    pillowPythons: process.env.PILLOW_PYTHONS?.split(':') ?? [],
  },
  reporters: process.env.GITHUB_ACTIONS ? ['default', 'github-actions'] : ['default'],
}

/** `npm run test:cluster`: the service on the cluster of kubectl's context, one test at a time. */
const CLUSTER: TestConfig = {
  include: ['knative/**/*.cluster.ts'],
  globalSetup: 'knative/test-cluster-setup.ts',
  provide: {
    // An empty one counts as not set.
    clusterSettings: {
      context: process.env.CLUSTER_CONTEXT || undefined,
      gateway: process.env.CLUSTER_GATEWAY || undefined,
      apiImage: process.env.CLUSTER_API_IMAGE || undefined,
      imageImage: process.env.CLUSTER_IMAGE_IMAGE || undefined,
      minioImage: process.env.CLUSTER_MINIO_IMAGE || undefined,
    },
  },
  fileParallelism: false,
  // Pods come and go in half minutes.
  testTimeout: 180_000,
  hookTimeout: 180_000,
  // What was measured is told beside each test.
  reporters: ['verbose'],
}

export default defineConfig(({ mode }) => ({
  test: { ...(mode === 'cluster' ? CLUSTER : LOCAL), expect: { requireAssertions: true } },
}))
