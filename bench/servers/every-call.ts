/** The built Mirage with users, rooms and messages for each of its calls. */
import { legacyApi, server as mirage } from '../lib/built.ts';
import { options, serve } from '../lib/child.ts';
import { createWorld, storeUsers } from '../lib/create-world.ts';
import { openMirage, portOf } from '../lib/mirage.ts';
import { addOthers } from '../lib/other-people.ts';

const many = '1000000';
const { databasePath, others = 0 } = options<{ databasePath: string; others?: number }>();
const settings = {
  databasePath,
  // What calls make stays until the next measurement.
  environment: {
    MAX_PUBLIC_ROOMS: many,
    MAX_ROOMS_PER_USER: many,
    MAX_MEMBERSHIPS_PER_USER: many,
    MAX_UPLOADS_PER_USER: '1000',
  },
};

const migrating = await openMirage(settings);
const people = await storeUsers(migrating.deps);
await migrating.close();
if (others > 0) addOthers(databasePath, others);

const server = await openMirage(settings);
const prepare = await createWorld(server.deps, people);
const { routes } = await legacyApi();
// safe: where tRPC keeps them, by their paths
const procedures = mirage.appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;

serve(
  {
    prepare,
    /** The procedures with their types, and the paths of the legacy API with their methods. */
    operations: () => ({
      procedures: Object.fromEntries(Object.entries(procedures).map(([path, { _def }]) => [path, _def.type])),
      routes: routes.map(({ method, path }) => `${method.toUpperCase()} ${path}`),
    }),
  },
  { port: portOf(server) },
);
