import { ConfigError } from './config.ts';
import { DatabaseError } from './db/database-error.ts';
import { serve } from './serve.ts';

serve().then(
  () => process.exit(0),
  (error: NodeJS.ErrnoException) => {
    // One line for what an operator can mend; the rest is ours to mend, and we need the trace.
    const expected =
      error instanceof ConfigError || error instanceof DatabaseError || error.syscall !== undefined;
    console.error(expected ? `mirage: ${error.message}` : error);
    process.exit(1);
  },
);
