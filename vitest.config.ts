import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    setupFiles: 'tests/support/answers/setup.ts',
    globalSetup: 'tests/support/build.ts',
    // Those need a browser, a Postgres or a Redis: npm run test:browser and npm run test:scale.
    exclude: ['tests/browser/**', 'tests/scale/**'],
    // Generous, because a test may share two busy cores with much else; no test measures time.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Most of a test is waiting, for disks, timers and password hashes, so two at a time are twice as fast on two cores.
    maxWorkers: 2,
  },
});
