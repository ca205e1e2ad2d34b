import { defineConfig } from 'vitest/config';

/** `npm run test:browser`: the built web client on the built server, in a Chromium. */
export default defineConfig({
  test: {
    include: ['tests/browser/**/*.test.ts'],
    setupFiles: 'tests/support/answers/setup.ts',
    // Generous, because a browser may share two busy cores with much else; no test measures time.
    testTimeout: 180_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    isolate: false,
    // Much of a test is waiting, for connections that are lost and tried again.
    maxWorkers: 3,
  },
});
