/** The built Mirage, with a few users and a room. */
import { roomMessages } from '../lib/built.ts';
import { options, serve } from '../lib/child.ts';
import { type MirageOptions, openMirage, portOf } from '../lib/mirage.ts';
import { settle } from '../lib/people.ts';
import { stampedText } from '../lib/stamp.ts';

interface Options extends MirageOptions {
  users?: number;
  /** Stores each inbox message with its own statement and commit, as is usual with Prisma. */
  createPerRequest?: boolean;
  /** Makes another room of the same members, whose messages are kept. */
  keptRoom?: boolean;
}

const { users = 1, createPerRequest, keptRoom, ...mirage } = options<Options>();
const server = await openMirage(mirage);
const { deps } = server;
const people = await settle(deps, users);
const { sendRoomMessage } = await roomMessages();
const keptRoomId = keptRoom ? await makeKeptRoom() : undefined;

async function makeKeptRoom(): Promise<number> {
  const { id: roomId } = await deps.db.room.create({ data: { name: 'kept', history: 'kept' } });
  await deps.db.roomMember.createMany({
    data: people.usernames.map((username) => ({ roomId, username })),
  });
  return roomId;
}

if (createPerRequest)
  Object.assign(deps.inboxWriter, {
    async add({ text, ...row }: { sender: string; recipient: string; text: string; createdAt: Date }) {
      const { id } = await deps.db.inboxMessage.create({ data: { ...row, text }, select: { id: true } });
      return id;
    },
  });

serve(
  {
    people: () => ({ ...people, keptRoomId }),
    subscribers: () => deps.hub.size,
    async publish({ count, length }: { count: number; length?: number }) {
      const draft = () => ({ roomId: people.roomId, username: 'user0', text: stampedText(length) });
      await Promise.all(Array.from({ length: count }, () => sendRoomMessage(deps, draft())));
    },
  },
  { port: portOf(server) },
);
