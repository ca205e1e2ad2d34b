import { createTRPCClient, httpLink } from '@trpc/client';
import { createMirageClient } from '../../src/client/index.ts';
import type { AppRouter } from '../../src/server/api/app-router.ts';
import { type Loss, startLosingProxy } from './losing-proxy.ts';
import { tokenOf } from './token-of.ts';

/** Sends of one user in a minute, a good deal below the limit, since lost ones count as well. */
const sendsPerUser = 400;
const workers = 24;
/** In a row of one message; the typed client gives up after six attempts. */
const maxLosses = 3;

interface Options {
  sends: number;
  /** The server to send the next request to. */
  target(): string | Promise<string>;
  /** How the next lost answer is lost. */
  loss?: () => Loss;
  /** Called after each message that its sender knows to be stored. */
  onSent?: (count: number) => unknown;
}

/**
 * Sends messages through a proxy that loses one answer in five, by the typed client, a stock client with `clientId` and
 * REST with `Idempotency-Key`, each repeated until there is an answer. Gives the texts, each of which is to be stored once.
 */
export async function sendExactlyOnce({ sends, target, loss = () => 'after', onSent = () => {} }: Options) {
  const lost = new Map<string, number>();
  let requests = 0;
  const proxy = await startLosingProxy({
    target,
    loses(body) {
      requests += 1;
      const losses = lost.get(body) ?? 0;
      // Not the first of five, or a user would never be registered.
      if (requests % 5 !== 2 || losses === maxLosses) return undefined;
      lost.set(body, losses + 1);
      return loss();
    },
  });
  const users = await Promise.all(
    Array.from({ length: Math.ceil(sends / sendsPerUser) }, (_, index) =>
      openUser(proxy.url, `user${index}`),
    ),
  );
  let next = 0;
  let sent = 0;
  async function work(): Promise<void> {
    while (next < sends) {
      const index = next;
      next += 1;
      const user = users[index % users.length];
      await user?.send[index % 3]?.({ recipient: user.username, text: `message ${index}` }, `key-${index}`);
      sent += 1;
      await onSent(sent);
    }
  }
  await Promise.all(Array.from({ length: workers }, work));
  return { lost: proxy.counts.lost, texts: Array.from({ length: sends }, (_, index) => `message ${index}`) };
}

interface Draft {
  recipient: string;
  text: string;
}

async function openUser(url: string, username: string) {
  const { auth } = createMirageClient({ url });
  await auth.register.mutate({ username, email: `${username}@example.com`, password: 'a secret one' });
  const token = await tokenOf(auth.login.mutate({ username, password: 'a secret one' }));
  const typed = createMirageClient({ url, token });
  const stock = createTRPCClient<AppRouter>({
    links: [httpLink({ url: `${url}/trpc`, headers: { authorization: token } })],
  });
  const send: ((draft: Draft, key: string) => Promise<unknown>)[] = [
    (draft) => typed.inbox.sendMessage.mutate(draft),
    (draft, clientId) => untilAnswered(() => stock.inbox.sendMessage.mutate({ ...draft, clientId })),
    ({ recipient, text: message }, key) =>
      untilAnswered(async () => {
        const response = await fetch(`${url}/api/send_inbox_message`, {
          method: 'POST',
          headers: { authorization: token, 'content-type': 'application/json', 'idempotency-key': key },
          body: JSON.stringify({ recipient, message }),
        });
        const answer = await response.text();
        if (response.status !== 200) throw new Error(`answered ${response.status} ${answer}`);
      }),
  ];
  return { username, send };
}

/** Lost connections make `fetch` fail; anything that was answered counts. */
async function untilAnswered(attempt: () => Promise<unknown>): Promise<unknown> {
  for (;;)
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Error) || !/fetch failed|terminated/.test(error.message)) throw error;
    }
}
