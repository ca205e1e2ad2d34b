import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { reasonOfUnknown } from '../../core/errors.ts';
import { createScript, type RedisLink } from '../redis/redis.ts';
import {
  type Attempt,
  type Begun,
  createWaiting,
  type KeptAnswers,
  keptAnswersLimits,
  keptMs,
  type Turn,
} from './kept-answers.ts';

/** The turn of a server that has died passes on after this time; others renew theirs. */
const turnMs = 15_000;
const renewMs = 5000;
const lookAgainMs = 100;

const beginScript = `
local request, answer = unpack(redis.call('HMGET', KEYS[1], 'request', 'answer'))
if not request then
  redis.call('HSET', KEYS[1], 'request', ARGV[1], 'turn', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return {'turn'}
end
if request ~= ARGV[1] then return {'otherRequest'} end
return answer and {'kept', answer} or {'wait'}
`;

/** With 0 the turn ends without an answer. */
const extendScript = `
if redis.call('HGET', KEYS[1], 'turn') == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
`;

/** The sorted set of an owner holds \`<bytes>:<key>\` by time, and the key after it their sum. */
const keepScript = `
local answer, owned, sum = KEYS[1], KEYS[2], KEYS[3]
local turn, text, ttl, maxAnswers, maxBytes = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if redis.call('HGET', answer, 'turn') ~= turn then return end
redis.call('HSET', answer, 'answer', text)
redis.call('HDEL', answer, 'turn')
redis.call('PEXPIRE', answer, ttl)

-- In microseconds, as several answers can be kept within a millisecond.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local size = #text + 300
redis.call('ZADD', owned, now, size .. ':' .. answer)
local bytes = redis.call('INCRBY', sum, size)
local oldest = redis.call('ZRANGE', owned, 0, 0, 'WITHSCORES')
while oldest[1] and (redis.call('ZCARD', owned) > maxAnswers or bytes > maxBytes or oldest[2] + ttl * 1000 <= now) do
  local size, key = string.match(oldest[1], '^(%d+):(.*)$')
  redis.call('DEL', key)
  redis.call('ZREM', owned, oldest[1])
  bytes = redis.call('DECRBY', sum, size)
  oldest = redis.call('ZRANGE', owned, 0, 0, 'WITHSCORES')
end
redis.call('PEXPIRE', owned, ttl)
redis.call('PEXPIRE', sum, ttl)
`;

/** For several servers: a repeat may come to another one than the first attempt. Without Redis each keeps its `own`. */
export function createRedisKeptAnswers(
  { commands, prefix }: Pick<RedisLink, 'commands' | 'prefix'>,
  own: KeptAnswers,
  { answers, bytes } = keptAnswersLimits,
): KeptAnswers {
  const begin = createScript(commands, beginScript);
  const extend = createScript(commands, extendScript);
  const keep = createScript(commands, keepScript);
  const wait = createWaiting();

  function turnOf({ id, owner }: Attempt, turn: string): Turn {
    const key = `${prefix}answer:${id}`;
    const owned = `${prefix}answers:${owner}`;
    // If Redis cannot be reached, the turn passes on too early; the next renewal may succeed.
    const renewal = setInterval(() => extend([key], [turn, turnMs]).catch(() => {}), renewMs).unref();
    return {
      async keep(answer) {
        clearInterval(renewal);
        await keep([key, owned, `${owned}:bytes`], [turn, answer, keptMs, answers, bytes]);
      },
      async leave() {
        clearInterval(renewal);
        await extend([key], [turn, 0]);
      },
    };
  }

  return {
    begin: (attempt) =>
      beginInRedis(attempt).catch((error: unknown) => {
        if (reasonOfUnknown(error) === 'UNAVAILABLE') return own.begin(attempt);
        throw error;
      }),
  };

  async function beginInRedis(attempt: Attempt): Promise<Begun> {
    const turn = randomUUID();
    for (;;) {
      const found = await begin([`${prefix}answer:${attempt.id}`], [attempt.request, turn, turnMs]);
      const [kind, answer = ''] = found as [Begun['kind'] | 'wait', string?]; // safe: this is what the script returns
      if (kind === 'turn') return { kind, turn: turnOf(attempt, turn) };
      if (kind === 'kept') return { kind, answer };
      if (kind === 'otherRequest') return { kind };
      await wait(attempt.owner, delay(lookAgainMs));
    }
  }
}
