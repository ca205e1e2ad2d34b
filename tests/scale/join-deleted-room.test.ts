import pg from 'pg';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { connectionTo, freshSchema } from './support/services.ts';

it('answers ROOM_NOT_FOUND when the room is deleted while someone joins it', async () => {
  const { url, query } = freshSchema();
  const mirage = await startMirage({ databaseUrl: url });
  const { client: alice } = await mirage.user('alice');
  const { client: bob } = await mirage.user('bob');
  const { id } = await alice.chat.createRoom.mutate({ name: 'general' });

  const other = new pg.Client(connectionTo(url));
  await other.connect();
  onTestFinished(() => other.end());
  await other.query('BEGIN');
  await other.query('DELETE FROM room_members WHERE room_id = $1', [id]);
  await other.query('DELETE FROM rooms WHERE id = $1', [id]);
  const joined = bob.chat.joinRoom.mutate({ name: 'general' });
  joined.catch(() => {});
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM rooms WHERE id = %FOR SHARE%'`;
  await vi.waitUntil(async () => (await query(waiting)).length > 0, { timeout: 15_000 });
  await other.query('COMMIT');

  await expect(joined).rejects.toMatchObject({ data: { reason: 'ROOM_NOT_FOUND' } });
});
