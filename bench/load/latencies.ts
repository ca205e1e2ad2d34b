/** One caller that sends each request when it has the previous answer. */
import { serve } from '../lib/child.ts';
import { keepBusy } from '../lib/lanes.ts';

serve({
  run: ({ port, request, seconds }: { port: number; request: string; seconds: number }) =>
    keepBusy([{ port, request }], seconds),
});
