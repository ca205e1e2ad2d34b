import { expect, it } from 'vitest';
import { systemClock } from '../../src/server/core/clock.ts';
import type { RedisLink } from '../../src/server/infra/redis/redis.ts';
import type { KeptAnswersLimits } from '../../src/server/infra/stores/kept-answers.ts';
import { createMemoryKeptAnswers } from '../../src/server/infra/stores/memory-kept-answers.ts';
import { createRedisKeptAnswers } from '../../src/server/infra/stores/redis-kept-answers.ts';
import { describeKeptAnswers } from '../stores/kept-answers.contract.ts';
import { freshRedis, passTime } from './support/services.ts';

const open = (link: RedisLink, limits?: KeptAnswersLimits) =>
  createRedisKeptAnswers(link, createMemoryKeptAnswers(systemClock), limits);

describeKeptAnswers('in Redis', async (limits) => {
  const link = await freshRedis();
  return { answers: open(link, limits), passTime: (ms) => passTime(link, ms) };
});

const attempt = { id: 'a', request: 'this', owner: 'ada' };

it('in Redis: a repeat at another server waits, and is given the answer', async () => {
  const link = await freshRedis();
  const here = open(link);
  const there = open({ ...(await freshRedis()), prefix: link.prefix });
  const begun = await here.begin(attempt);
  const repeat = there.begin(attempt);
  if (begun.kind === 'turn') await begun.turn.keep('done');
  expect([begun.kind, await repeat]).toEqual(['turn', { kind: 'kept', answer: 'done' }]);
});

it('in Redis: the turn of a server that has died passes on, and cannot be used any more', async () => {
  const link = await freshRedis();
  const dead = await open(link).begin(attempt);
  const answers = open(link);
  const repeat = answers.begin(attempt);
  await passTime(link, 20_000);
  const begun = await repeat;
  if (dead.kind === 'turn') await dead.turn.keep('too late');
  if (begun.kind === 'turn') await begun.turn.keep('done');
  expect(await answers.begin(attempt)).toEqual({ kind: 'kept', answer: 'done' });
});

it('in Redis: everything has an end', async () => {
  const link = await freshRedis();
  const begun = await open(link).begin(attempt);
  const lifetimes = async () =>
    Promise.all((await link.commands.keys(`${link.prefix}*`)).map((key) => link.commands.pttl(key)));
  expect(await lifetimes()).toHaveLength(1);
  expect(Math.min(...(await lifetimes()))).toBeGreaterThan(0);
  if (begun.kind === 'turn') await begun.turn.keep('done');
  expect(await lifetimes()).toHaveLength(3);
  expect(Math.min(...(await lifetimes()))).toBeGreaterThan(0);
});

it('without Redis: each server keeps its own', async () => {
  const link = await freshRedis();
  const answers = open(link);
  link.close();
  const begun = await answers.begin(attempt);
  if (begun.kind === 'turn') await begun.turn.keep('done');
  expect(await answers.begin(attempt)).toEqual({ kind: 'kept', answer: 'done' });
});
