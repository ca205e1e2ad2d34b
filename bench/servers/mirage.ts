/** The built Mirage, with a few users and a room, unless the database has them already. */
import { passwords, roomMessages } from '../lib/built.ts';
import { options, serve } from '../lib/child.ts';
import { loopWatch } from '../lib/loop-watch.ts';
import { memoryWatch } from '../lib/memory-watch.ts';
import { type MirageOptions, openMirage, portOf } from '../lib/mirage.ts';
import { type People, settle } from '../lib/people.ts';
import { stampedText } from '../lib/stamp.ts';

interface Options extends MirageOptions {
  users?: number;
  /** The room that messages go to, in a database that has users and rooms. */
  roomId?: number;
  /** Stores each inbox message with its own statement and commit, as is usual with Prisma. */
  createPerRequest?: boolean;
  /** Makes another room of the same members, whose messages are kept. */
  keptRoom?: boolean;
}

interface NewMessage {
  sender: string;
  recipient: string;
  text: string;
  createdAt: Date;
}

const { users = 1, roomId, createPerRequest, keptRoom, ...mirage } = options<Options>();
const server = await openMirage(mirage);
const { deps } = server;
const people: People =
  roomId === undefined ? await settle(deps, users) : { usernames: ['user0'], tokens: [], roomId };
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
    async add({ sender, recipient, text, createdAt }: NewMessage) {
      const data = { sender, recipient, text, createdAt };
      const { id } = await deps.db.inboxMessage.create({ data, select: { id: true } });
      return { id, era: '1-bench', change: 0, isRepeat: false };
    },
  });

serve(
  {
    ...memoryWatch(),
    ...loopWatch(),
    people: () => ({ ...people, keptRoomId }),
    /** Shares an uploaded file with the room, and gives the path under which it can be read. */
    async attach(id: string) {
      const draft = { roomId: people.roomId, username: 'user0', text: '', files: [id] };
      const { attachments } = await sendRoomMessage(deps, draft);
      return attachments?.[0]?.url;
    },
    /** Those that no message has. */
    async discardFiles() {
      await deps.db.file.updateMany({ where: { keepUntilMs: { not: null } }, data: { keepUntilMs: 0 } });
      await deps.files?.sweep();
    },
    /** Gives everybody this password. With one hash, as comparing with it takes as long as with another. */
    async setPassword(password: string) {
      const { hashPassword } = await passwords();
      await deps.db.user.updateMany({ data: { password: await hashPassword(password) } });
    },
    subscribers: () => deps.hub.size,
    async publish({ count, length }: { count: number; length?: number }) {
      const draft = () => ({ roomId: people.roomId, username: 'user0', text: stampedText(length) });
      await Promise.all(Array.from({ length: count }, () => sendRoomMessage(deps, draft())));
    },
  },
  { port: portOf(server) },
);
