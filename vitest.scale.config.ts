import { defineConfig } from 'vitest/config';

/** What needs a Postgres and a Redis: `npm run test:scale`. It fails where they cannot be reached. */
export default defineConfig({
  test: {
    setupFiles: 'tests/support/answers/setup.ts',
    globalSetup: 'tests/scale/support/remove-schemas.ts',
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    isolate: false,
    maxWorkers: 3,
    projects: [
      { extends: true, test: { name: 'scale', include: ['tests/scale/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          // The tests of the services and of the API once more, on Postgres and Redis in place of what is embedded.
          name: 'services',
          include: [
            'tests/auth/{access-tokens,bots,change-password,login,oidc,oidc-strangers,passkeys,register,second-factor,sessions}.test.ts',
            'tests/{chat,inbox,mail,privacy}/*.test.ts',
            'tests/leaving/{delete-account,export}.test.ts',
            'tests/files/{avatars,life,limits,sharing}.test.ts',
            'tests/embedding/{accounts,authenticate,ends}.test.ts',
            'tests/http/idempotency.test.ts',
            'tests/users/{presence,update-profile}.test.ts',
            'tests/live/{cut-off,presence,resume}.test.ts',
          ],
          env: { TEST_ON: 'services' },
        },
      },
    ],
  },
});
