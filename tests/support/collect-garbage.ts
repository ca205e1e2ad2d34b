import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** To be awaited, since what a WeakRef points to is kept for the rest of the turn in which that was made. */
export async function collectGarbage(): Promise<void> {
  await new Promise(setImmediate);
  collect();
}
