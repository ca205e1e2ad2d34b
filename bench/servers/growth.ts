/** Mirage in one process, called without HTTP, with the given number of rooms, members and messages. */
import { inbox, server as mirage, roomMessages } from '../lib/built.ts';
import { options, serve } from '../lib/child.ts';
import { costOf } from '../lib/cost.ts';
import { fillInbox, reader } from '../lib/inbox-rows.ts';
import { openMirage, portOf } from '../lib/mirage.ts';
import { settle } from '../lib/people.ts';

export interface Size {
  rooms: number;
  members: number;
  capacity: number;
  inboxRows: number;
}

const { databasePath, ...size } = options<Size & { databasePath: string }>();
const environment = { MAX_MESSAGES: String(size.capacity) };

const first = await openMirage({ databasePath });
const people = await settle(first.deps, 1);
const { db } = first.deps;
await db.$executeRaw`
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${size.rooms})
  INSERT INTO rooms (name, is_private) SELECT 'room' || i, true FROM n`;
await db.$executeRaw`INSERT INTO room_members (room_id, username) SELECT id, 'user0' FROM rooms WHERE id > 1`;
await db.$executeRaw`
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${size.members})
  INSERT INTO room_members (room_id, username) SELECT 1, 'member' || i FROM n`;
await first.close();
fillInbox(databasePath, size.inboxRows);

const server = await openMirage({ databasePath, environment });
const { deps } = server;
const api = mirage.createCaller({ deps, token: people.tokens[0], address: '' });
const { listInboxMessages, sendInboxMessage } = await inbox();
const { sendRoomMessage } = await roomMessages();

// The store is full before anything is measured, with equally many messages of each room.
for (let sent = 0; sent < size.capacity; sent += 1)
  await sendRoomMessage(deps, { roomId: (sent % size.rooms) + 1, username: 'user0', text: 'hello' });
await sendRoomMessage(deps, { roomId: 1, username: 'user0', text: 'the last' });
const newest = (await deps.roomMessages.list(1)).at(-1)?.id ?? '';

serve(
  {
    async costs(times: number) {
      let turn = 0;
      const roomId = () => (turn++ % size.rooms) + 1;
      return {
        list: await costOf(times, () => api.chat.listMessages({ roomId: 1, after: newest })),
        send: await costOf(times, () => api.chat.sendMessage({ roomId: roomId(), text: 'hello' })),
        page: await costOf(times / 10, () => listInboxMessages(deps, reader, { limit: 50 })),
        store: await costOf(times / 10, () =>
          sendInboxMessage(deps, { sender: reader, recipient: 'peer1', text: 'hello' }),
        ),
      };
    },
  },
  { port: portOf(server) },
);
