import { reasonOf } from '../../client/index.ts';

const attempts = 4;
const firstWaitMs = 500;

/** After this long, what has failed for now is tried once more, unasked. */
export const lookAgainMs = 10_000;

/** Whether it may succeed later as it is: nobody answered, or the server could not. What was refused will be again. */
export function mayPass(error: unknown): boolean {
  const reason = reasonOf(error);
  return reason === undefined || reason === 'UNAVAILABLE';
}

/** Asks again what may pass, after a while that grows. */
export async function retrying<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await ask();
    } catch (error) {
      if (attempt === attempts || !mayPass(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, firstWaitMs * 2 ** attempt));
    }
}
