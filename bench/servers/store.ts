/** The room message store, measured in process by itself. */
import { memoryStore } from '../lib/built.ts';
import { serve } from '../lib/child.ts';
import { costOf } from '../lib/cost.ts';

const { createMemoryRoomMessageStore } = await memoryStore();
const text = 'a message of a usual length, more or less';

/** Messages per millisecond at a million per second. */
const perMs = 1000;

/** A full store, and a function that appends to its rooms in turn. */
async function filled(capacity: number, rooms: number, ttlMs: number) {
  let now = 1_700_000_000_000;
  const store = createMemoryRoomMessageStore({ capacity, ttlMs }, () => now);
  let count = 0;
  let next = 0;
  const append = () => {
    count += 1;
    if (count % perMs === 0) now += 1;
    next = next + 1 < rooms ? next + 1 : 0;
    return store.append({ roomId: next + 1, username: 'user0', text });
  };
  for (let turn = 0; turn < capacity; turn += 1) await append();
  return { store, append };
}

serve({
  /** Appends per second, while as many messages expire as are added. */
  async append({ capacity, rooms, times }: { capacity: number; rooms: number; times: number }) {
    const { append } = await filled(capacity, rooms, capacity / perMs);
    const startedAt = performance.now();
    const cpuUs = await costOf(times, append);
    return { rate: (times / (performance.now() - startedAt)) * 1000, cpuNs: cpuUs * 1000 };
  },

  /** CPU µs to read the newest 50 messages of a room, with 1000 messages in each room. */
  async read({ capacity, times }: { capacity: number; times: number }) {
    const { store } = await filled(capacity, capacity / 1000, Number.MAX_SAFE_INTEGER);
    const messages = await store.list(1);
    const after = messages.at(-51)?.id;
    return { cpuUs: await costOf(times, () => store.list(1, after)) };
  },
});
