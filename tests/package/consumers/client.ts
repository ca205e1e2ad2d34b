// A program that has the client alone: what it must infer, and what it must refuse.
import {
  type AppRouter,
  applyPresence,
  createMirageClient,
  type Inputs,
  type MirageClient,
  type Outputs,
  type Present,
  type Reason,
  reasonOf,
} from 'mirage/client';

const mirage: MirageClient = createMirageClient({
  url: 'http://127.0.0.1:5000',
  token: async () => undefined,
  transport: 'sse',
});

/** As a library for queries takes it: a function, whose result it passes on. */
export const profileQuery = (username: string) => ({
  queryKey: ['profile', username],
  queryFn: () => mirage.users.get.query({ username }),
});
export const profile: Promise<Outputs['users']['get']> = profileQuery('ada').queryFn();

export async function send(input: Inputs['chat']['sendMessage']): Promise<Date> {
  const { createdAt } = await mirage.chat.sendMessage.mutate(input);
  // @ts-expect-error what JSON carries is no Date
  createdAt.getTime();
  // @ts-expect-error a room has a number
  await mirage.chat.sendMessage.mutate({ roomId: 'general', text: 'hello' });
  // @ts-expect-error it is no query
  mirage.chat.sendMessage.query;
  return new Date(createdAt);
}

export async function share(roomId: number, file: Blob | Uint8Array | AsyncIterable<Uint8Array>) {
  const onProgress = (sent: number, total: number | undefined) => void [sent.toFixed(), total?.toFixed()];
  const { id, width } = await mirage.files.upload(file, { roomId }, { name: 'notes.txt', onProgress });
  const sent = await mirage.chat.sendMessage.mutate({ roomId, text: '', attachments: [id] });
  // @ts-expect-error a file is for a room or for a user
  await mirage.files.upload(file, {});
  return [width satisfies number | undefined, mirage.files.url(sent.attachments?.[0]?.previewUrl ?? '')];
}

export function follow(roomId: number, show: (line: string) => void) {
  let present: Present | undefined;
  mirage.chat.onMessage.subscribe(
    { roomId },
    {
      onData(event) {
        if (!('data' in event)) return show(event.type satisfies 'gap' | 'pins');
        const { id, data } = event;
        if (data.type === 'message' || data.type === 'edited')
          show(`${id satisfies string} ${data.message.username}: ${data.message.text}`);
        else show(data.type satisfies 'deleted' | 'reaction');
      },
      onError: (error) => show(error.data?.reason satisfies Reason | undefined as string),
    },
  );
  mirage.chat.onPresence.subscribe(
    { roomId },
    {
      onData(event) {
        present = applyPresence(present, event);
      },
    },
  );
  let friends: Present | undefined;
  mirage.users.onPresence.subscribe(
    { usernames: ['alice'] satisfies Inputs['users']['onPresence']['usernames'] },
    {
      onData(event) {
        friends = applyPresence(friends, event);
      },
    },
  );
}

export async function readInbox(after: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const event of mirage.inbox.onMessage.subscribe({ lastEventId: after }))
    if (!('data' in event)) texts.push(`${event.from} is typing`);
    else if (event.data.type === 'message') texts.push(event.data.message.text);
    else if (event.data.type === 'read')
      texts.push(`${event.data.reader} has read up to ${event.data.upTo.toFixed()}`);
  return texts;
}

export async function join(name: string): Promise<number | 'ask'> {
  try {
    return (await mirage.chat.joinRoom.mutate({ name })).id;
  } catch (error) {
    if (reasonOf(error) === 'WRONG_PASSWORD') return 'ask';
    // @ts-expect-error there is no such reason
    if (reasonOf(error) === 'WRONG_PASWORD') return 'ask';
    throw error;
  }
}

/** The methods by their kind, whatever is built on the router's type. */
export type Login = AppRouter['_def']['record']['auth']['login']['_def']['type'];
export const login: Login = 'mutation';
mirage.connection.onChange((state) => state satisfies 'idle' | 'connecting' | 'open');
