/** Callers that each send a request when they have the previous answer, or at an interval. One by default. */
import { serve } from '../lib/child.ts';
import { keepBusy } from '../lib/lanes.ts';

interface Run {
  port: number;
  request: string;
  seconds: number;
  callers?: number;
  everyMs?: number;
}

serve({
  run: ({ port, request, seconds, callers = 1, everyMs }: Run) =>
    keepBusy(
      Array.from({ length: callers }, () => ({ port, request })),
      seconds,
      everyMs,
    ),
});
