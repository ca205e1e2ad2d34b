import { z } from 'zod';

// What answers are made of. `x-varies` marks what is another value each time, of which an example can but show the form.

export const id = z.number().int().positive();

export const sessionToken = z.string().meta({ pattern: '^[A-Za-z0-9_-]{43}$', 'x-varies': true });

/** As `sqlTime` writes it. */
export const utcTime = z.string().meta({
  description: 'In UTC',
  pattern: '^\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}$',
  'x-varies': true,
});

/** As `epochSeconds` counts it. */
export const epochTime = z
  .number()
  .positive()
  .meta({ description: 'Seconds since 1970, with a fraction', 'x-varies': true });
