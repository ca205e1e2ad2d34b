import { expect, it } from 'vitest';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { databaseBefore } from '../support/database-before.ts';

it('deletes messages that one side had hidden and the other cleared, and no others', async () => {
  const path = await databaseBefore(
    '20261129090000_unseen_messages',
    `
    INSERT INTO inbox_messages (id, sender, recipient, message) VALUES
      (1, 'ada', 'bob', 'hidden by both'), (2, 'ada', 'bob', 'hidden by ada'), (3, 'bob', 'ada', 'hidden by ada'),
      (4, 'bob', 'ada', 'seen by ada'), (5, 'ada', 'bob', 'hidden by ada, after bob had cleared'),
      (6, 'ada', 'cy', 'hidden by ada, seen by cy'), (7, 'ada', 'ada', 'a note');
    UPDATE inbox_messages SET hidden_from_sender = true WHERE id IN (1, 2, 5, 6);
    UPDATE inbox_messages SET hidden_from_recipient = true WHERE id IN (1, 3);
    UPDATE inbox_conversations SET cleared_up_to = 4 WHERE username = 'bob' AND peer = 'ada';`,
  );
  const opened = await openDb(`file:${path}`);
  const left = await opened.db.inboxMessage.findMany({ select: { id: true }, orderBy: { id: 'asc' } });
  await opened.close();
  expect(left.map(({ id }) => id)).toEqual([4, 5, 6, 7]);
});
