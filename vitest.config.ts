import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: 'tests/support/build.ts',
    exclude: ['tests/browser/**'], // see vitest.browser.config.ts
    // Generous, because a test may share two busy cores with much else; no test measures time.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Most of a test is waiting, for disks, timers and password hashes, so two at a time are twice as fast on two cores.
    maxWorkers: 2,
  },
});
