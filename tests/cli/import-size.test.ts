import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { uuidOf, writeLegacyDatabase } from '../../bench/lib/legacy-database.ts';
import { spawnCommand } from '../support/command.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';

const maxBytes = 300 * 1024 * 1024;

/** The most memory the process has had so far, or 0 where that is not to be learned. */
function peakBytes(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0; // it has ended, or this is no Linux
  }
}

it('imports many users and messages completely in little memory', async () => {
  const folder = await temporaryFolder();
  writeLegacyDatabase(`${folder}/db.sqlite`, { users: 5000, messages: 50_000 });
  const command = spawnCommand(['import-legacy', '--batch', '5000', '--db', `${folder}/db.sqlite`], {
    folder,
  });
  let peak = 0;
  for await (const _ of command.stderrLines) peak = Math.max(peak, peakBytes(command.pid));
  expect(await command.outcome).toMatchObject({ code: 0 });
  expect(peak).toBeLessThan(maxBytes);

  const { deps, client } = await startMirage({ databaseUrl: `file:${folder}/mirage.db` });
  expect(await deps.db.user.count()).toBe(5000);
  expect(await deps.db.inboxMessage.count()).toBe(50_000);
  const me = client(uuidOf('user 4998'));
  expect(await me.auth.me.query()).toMatchObject({ username: 'user 4998' });
  const { total } = await me.inbox.countMessages.query();
  const { messages } = await me.inbox.listMessages.query({ limit: 500 });
  expect(messages).toHaveLength(total);
});
