import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['functions/**/*.test.ts', 'client/**/*.test.ts'],
    // Where CI runs nothing may be skipped that can be installed.
    provide: { ci: Boolean(process.env.CI) },
    expect: { requireAssertions: true },
    reporters: process.env.GITHUB_ACTIONS ? ['default', 'github-actions'] : ['default'],
  },
})
