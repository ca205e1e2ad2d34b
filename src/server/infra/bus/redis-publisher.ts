import { createGroupCommit } from '../db/group-commit.ts';
import { unavailable } from '../db/unavailable.ts';
import { createScript, type Redis, reply } from '../redis/redis.ts';

interface Publication {
  channel: string;
  /** Empty for a signal. */
  text: string;
}

const publishAll = `for at = 1, #ARGV, 2 do redis.call('PUBLISH', ARGV[at], ARGV[at + 1]) end`;

const maxBytes = 256 * 1024;
const maxWaiting = 10_000;

/**
 * Publishes what comes together, or while something is being published, in one command and in order. A signal that comes twice
 * is published once, as each says the same. `publish` resolves once Redis has published it, or throws 'UNAVAILABLE'.
 */
export function createRedisPublisher(commands: Redis) {
  const runScript = createScript(commands, publishAll);

  async function write(publications: Publication[]): Promise<undefined[]> {
    const args: string[] = [];
    const signals = new Set<string>();
    for (const { channel, text } of publications) {
      if (text === '' && signals.has(channel)) continue;
      if (text === '') signals.add(channel);
      args.push(channel, text);
    }
    const [channel = '', text = ''] = args;
    if (args.length > 2) await runScript([], args);
    else await reply(commands.publish(channel, text));
    return publications.map(() => undefined);
  }

  const group = createGroupCommit<Publication, undefined>(write, {
    maxBytes,
    bytesOf: ({ channel, text }) => channel.length + Buffer.byteLength(text),
    isAtomic: false,
  });
  return {
    async publish(channel: string, text: string): Promise<void> {
      if (group.waiting >= maxWaiting) throw unavailable();
      await group.add({ channel, text });
    },

    /** Resolves once all of that has been published, or has failed. */
    flushed: group.flushed,
  };
}
