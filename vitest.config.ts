import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // Those need a Postgres and a Redis: npm run test:scale.
    exclude: ['tests/scale/**'],
    // Generous, because a test may share two busy cores with much else; no test measures time.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Most of a test is waiting, for disks, timers and password hashes, so two at a time are twice as fast on two cores.
    maxWorkers: 2,
  },
});
