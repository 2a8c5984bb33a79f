import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['functions/**/*.test.ts', 'client/**/*.test.ts'],
    expect: { requireAssertions: true },
    reporters: process.env.GITHUB_ACTIONS ? ['default', 'github-actions'] : ['default'],
  },
})
