import { defineConfig } from 'vitest/config';

/** These measure the memory of their process, change it for good, or need it as it begins. */
const alone = ['tests/live/rooms-memory.test.ts', 'tests/tracing/**/*.test.ts', 'tests/api/parity.test.ts'];

/** These need a document. */
const inPages = ['tests/client/react/**/*.test.ts'];

export default defineConfig({
  test: {
    setupFiles: 'tests/support/answers/setup.ts',
    globalSetup: 'tests/support/build.ts',
    // Generous, because a test may share two busy cores with much else; no test measures time.
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Much of a test is waiting, for disks, timers and password hashes: two at a time use five sixths of two cores. Three take no less time.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['tests/**/*.test.ts'],
          // These need a browser, bundlers, proxies, or a Postgres and a Redis: npm run test:browser, test:bundlers,
          // test:proxies and test:scale.
          exclude: [
            'tests/browser/**',
            'tests/bundlers/**',
            'tests/proxies/**',
            'tests/scale/**',
            ...inPages,
            ...alone,
          ],
          // Files share the modules that one process has loaded and compiled.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: alone } },
      { extends: true, test: { name: 'pages', include: inPages, environment: 'happy-dom' } },
    ],
  },
});
