import { defineConfig } from 'vitest/config';

/** What needs a Postgres and a Redis: `npm run test:scale`. It fails where they cannot be reached. */
export default defineConfig({
  test: {
    include: ['tests/scale/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
