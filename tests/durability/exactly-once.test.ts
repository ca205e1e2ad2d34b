import { expect, it } from 'vitest';
import { openDatabaseFile } from '../support/database-file.ts';
import { sendExactlyOnce } from '../support/exactly-once.ts';
import { temporaryFolder } from '../support/harness.ts';
import { repetitions } from '../support/long-runs.ts';
import { spawnMirage } from '../support/process.ts';

const sends = repetitions(600, 10_000);
const kills = 3;

it('stores every message once, though answers are lost and the server is killed', async () => {
  const folder = await temporaryFolder();
  const settings = { DATABASE_URL: `file:${folder}/mirage.db` };
  let mirage = await spawnMirage(settings, folder);
  let url = mirage.url();
  const { texts, lost } = await sendExactlyOnce({
    sends,
    target: () => url,
    async onSent(count) {
      if (count % Math.ceil(sends / (kills + 1)) !== 0) return;
      const killed = mirage;
      killed.kill('SIGKILL');
      url = killed.ended().then(async () => {
        mirage = await spawnMirage(settings, folder);
        return mirage.url();
      });
      await url;
    },
  });
  expect(lost).toBeGreaterThan(sends / 8);
  const stored = openDatabaseFile({ folder })
    .prepare<[], { message: string }>('SELECT message FROM inbox_messages')
    .all()
    .map(({ message }) => message);
  expect(stored.sort()).toEqual(texts.sort());
}, 600_000);
