import { systemClock } from '../../core/clock.ts';
import { askHolder, claimDatabase } from '../../infra/bus/control-socket.ts';
import type { Comparison, Deps, Files, Swept } from '../shared/deps.ts';
import { compareStorage, graceMs, sweepFiles } from './sweep.ts';

type SweepDeps = Pick<Deps, 'sql' | 'db' | 'clock' | 'roomMessages' | 'keptMessages' | 'log' | 'config'> &
  Pick<Files, 'storage'> & { databasePath: string | undefined };

/**
 * Sweeps for a command. The server that uses the database file does it, as it knows which messages it holds; if there is none, none
 * starts meanwhile. On Postgres servers may be running, so that what has been stored lately is left alone.
 */
export async function sweepOnCommand(deps: SweepDeps): Promise<Swept & Comparison> {
  const { databasePath, config } = deps;
  if (databasePath === undefined)
    return sweepHere(deps, {
      knowsHeld: config.redis !== undefined,
      storedUntil: systemClock() - graceMs,
    });
  const answer = await askHolder(databasePath, { do: 'sweepFiles' });
  if (answer) return answer as Swept & Comparison; // safe: made by `answerCommands` of the same version
  const claim = await claimDatabase(databasePath, 'mirage files sweep');
  try {
    return await sweepHere(deps, { knowsHeld: false, storedUntil: systemClock() });
  } finally {
    await claim.close();
  }
}

async function sweepHere(
  deps: SweepDeps,
  { knowsHeld, storedUntil }: { knowsHeld: boolean; storedUntil: number },
): Promise<Swept & Comparison> {
  const swept = await sweepFiles(deps, { knowsHeld });
  return { ...swept, ...(await compareStorage(deps, { storedUntil })) };
}
