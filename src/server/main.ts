import { requireNode } from './core/require-node.js';

requireNode();
const { serve } = await import('./app/serve.ts');
const { startFailure } = await import('./app/start-failure.ts');

serve().then(
  () => process.exit(0),
  (error: unknown) => {
    const expected = startFailure(error);
    console.error(expected === undefined ? error : `mirage: ${expected}`);
    process.exit(1);
  },
);
