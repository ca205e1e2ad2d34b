import { setTimeout as sleep } from 'node:timers/promises';

interface Call {
  path: 'chat.sendMessage' | 'inbox.sendMessage';
  input: object;
}

export interface Acknowledged {
  id: string;
  roomId?: number;
  sender?: string;
  recipient?: string;
}

/** Sends in groups to one server for as long as it answers, and then to the next, as behind a load balancer. */
export function createSender(urls: string[], token: string, first: number) {
  let node = first;
  const errors = new Set<string>();

  async function post(calls: Call[]): Promise<Acknowledged[]> {
    const paths = calls.map(({ path }) => path).join(',');
    const response = await fetch(`${urls[node % urls.length]}/trpc/${paths}?batch=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: token },
      body: JSON.stringify(Object.fromEntries(calls.map(({ input }, index) => [index, input]))),
      signal: AbortSignal.timeout(30_000),
    });
    const replies = (await response.json()) as {
      result?: { data: Acknowledged };
      error?: { data: { reason: string } };
    }[]; // safe: what a batch is answered with
    for (const { error } of replies) if (error) errors.add(error.data.reason);
    return replies.flatMap(({ result }) => (result ? [result.data] : []));
  }

  return {
    /** Reasons of refusals so far. */
    errors,
    /** Gives what was acknowledged of it; the rest may or may not have been stored. */
    async send(calls: Call[]): Promise<Acknowledged[]> {
      try {
        const acknowledged = await post(calls);
        if (acknowledged.length < calls.length) await sleep(100);
        return acknowledged;
      } catch {
        node += 1; // the server is gone
        await sleep(100);
        return [];
      }
    },
  };
}
