import { expect, it } from 'vitest';
import { createMemoryEventBus } from '../../src/server/infra/bus/memory-event-bus.ts';
import { collectGarbage } from '../support/collect-garbage.ts';
import { describeEventBus } from './event-bus.contract.ts';

describeEventBus('in memory', createMemoryEventBus);

it('in memory: calls the listeners before publishing resolves', async () => {
  const bus = createMemoryEventBus();
  let isCalled = false;
  await bus.subscribe('room', () => {
    isCalled = true;
  });
  await bus.publish('room');
  expect(isCalled).toBe(true);
});

it('in memory: releases listeners that have stopped', async () => {
  const bus = createMemoryEventBus();
  async function listenAndStop() {
    const listener = () => {};
    const stop = await bus.subscribe('room', listener);
    await bus.subscribe('room', () => {});
    await bus.publish('room');
    stop();
    return new WeakRef(listener);
  }
  const listener = await listenAndStop();
  await collectGarbage();
  expect(listener.deref()).toBeUndefined();
});
