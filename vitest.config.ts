import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['functions/**/*.test.ts', 'client/**/*.test.ts', 'knative/**/*.test.ts'],
    provide: {
      // Where CI runs nothing may be skipped that can be installed.
      ci: Boolean(process.env.CI),
      // Pythons with other versions of Pillow than the installed one.
      pillowPythons: process.env.PILLOW_PYTHONS?.split(':') ?? [],
    },
    expect: { requireAssertions: true },
    reporters: process.env.GITHUB_ACTIONS ? ['default', 'github-actions'] : ['default'],
  },
})
