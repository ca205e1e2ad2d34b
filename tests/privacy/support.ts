import { type Mirage, startMirage } from '../support/harness.ts';

export type User = Awaited<ReturnType<Mirage['user']>>;

/** Two in a private room, and one who is in none. */
export async function startWithRoommates() {
  const mirage = await startMirage({ maxPublicRooms: 100 });
  const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map((name) => mirage.user(name)));
  if (!alice || !bob || !carol) throw new Error('three users were asked for');
  const vault = { name: 'vault', password: 'open sesame' };
  const { id: vaultId } = await alice.client.chat.createRoom.mutate(vault);
  await bob.client.chat.joinRoom.mutate(vault);
  return { ...mirage, alice, bob, carol, vault, vaultId };
}

export const send = async ({ client }: User, recipient: string, text: string) =>
  (await client.inbox.sendMessage.mutate({ recipient, text })).id;

/** What a user sees of all messages, newest first. */
export const texts = async ({ client }: User) =>
  (await client.inbox.listMessages.query()).messages.map(({ text }) => text);

export const conversation = async ({ client }: User, peer: string) =>
  (await client.inbox.listConversations.query()).conversations.find((each) => each.peer.username === peer);
