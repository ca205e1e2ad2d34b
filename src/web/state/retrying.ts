import { reasonOf } from '../../client/index.ts';

const attempts = 4;
const firstWaitMs = 500;

/** Asks again what got no answer, after a while that grows. What was refused would be refused again. */
export async function retrying<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await ask();
    } catch (error) {
      if (attempt === attempts || reasonOf(error) !== undefined) throw error;
      await new Promise((resolve) => setTimeout(resolve, firstWaitMs * 2 ** attempt));
    }
}
