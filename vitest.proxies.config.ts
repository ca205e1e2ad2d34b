import { defineConfig } from 'vitest/config';

/** Tests behind a real nginx, Apache and HAProxy: `npm run test:proxies`. They fail where these are not installed. */
export default defineConfig({
  test: {
    include: ['tests/proxies/**/*.test.ts'],
    setupFiles: 'tests/support/answers/setup.ts',
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    isolate: false,
    maxWorkers: 2,
  },
});
