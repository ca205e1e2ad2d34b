/** Mirage with a kept room of many messages, beside others. It is ready when the background has indexed them. */
import { options, serve } from '../lib/child.ts';
import { fillKeptRooms, type KeptRows, keptIdAt } from '../lib/kept-rows.ts';
import { openMirage, portOf } from '../lib/mirage.ts';
import { settle } from '../lib/people.ts';

const { databasePath, ...rows } = options<KeptRows & { databasePath: string }>();
const migrating = await openMirage({ databasePath });
const people = await settle(migrating.deps, 1);
await migrating.deps.db.room.updateMany({ data: { history: 'kept' } });
await migrating.close();
fillKeptRooms(databasePath, people.roomId, rows);

const server = await openMirage({ databasePath });
const { deps } = server;
await deps.roomSearch.caughtUp();

serve(
  {
    people: () => people,
    /** What a subscriber reads that comes back: 50 messages that it has missed, or a first part of 1,000. */
    async resume(times: number) {
      const samples: number[] = [];
      const before = process.cpuUsage();
      for (let done = 0; done < times; done += 1) {
        const missed = done % 10 === 0 ? 1000 : 50;
        const startedAt = performance.now();
        await deps.roomMessages.since(people.roomId, keptIdAt(rows.own - missed - 1), 501);
        samples.push(performance.now() - startedAt);
      }
      const { user, system } = process.cpuUsage(before);
      samples.sort((a, b) => a - b);
      return {
        cpuUs: (user + system) / times,
        p50Ms: samples[Math.floor(times * 0.5)],
        p99Ms: samples[Math.floor(times * 0.99)],
      };
    },
  },
  { port: portOf(server) },
);
