import { join } from 'node:path';
import { startMirage } from './harness.ts';

/** Ada and Bob in a room, and Carol outside of it. */
export async function startSharing(settings: Parameters<typeof startMirage>[0] = {}) {
  const mirage = await startMirage(settings);
  const [ada, bob, carol] = await Promise.all(['ada', 'bob', 'carol'].map((name) => mirage.user(name)));
  if (!ada || !bob || !carol) throw new Error('three users');
  const room = await ada.client.chat.createRoom.mutate({ name: 'den' });
  await bob.client.chat.joinRoom.mutate({ name: 'den' });

  async function upload(
    token: string | undefined,
    query: string,
    body: BodyInit,
    headers: Record<string, string> = {},
  ) {
    const response = await fetch(`${mirage.url}/files?${query}`, {
      method: 'POST',
      body,
      headers: { ...(token !== undefined && { authorization: token }), ...headers },
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  const form = (content: BlobPart, name: string, type: string) => {
    const data = new FormData();
    data.append('file', new Blob([content], { type }), name);
    return data;
  };

  const { url } = mirage.deps.config.files;
  const filesFolder = url?.slice('file:'.length) ?? join(mirage.folder, 'files');

  return { mirage, ada, bob, carol, roomId: room.id, filesFolder, upload, form };
}

/** What a URL of a file leads to. */
export const readFrom = async (origin: string, url: string, init?: RequestInit) => {
  const response = await fetch(new URL(url, origin), init);
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
};
