import { defineConfig } from 'vitest/config';

/** Tests of the packed client with bundlers that are installed for them: `npm run test:bundlers`. */
export default defineConfig({
  test: {
    include: ['tests/bundlers/**/*.test.ts'],
    setupFiles: 'tests/support/answers/setup.ts',
    globalSetup: 'tests/support/build.ts',
    testTimeout: 180_000,
    hookTimeout: 300_000,
    isolate: false,
    maxWorkers: 1,
  },
});
