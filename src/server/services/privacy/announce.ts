import { z } from 'zod';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { everybody, presenceTopic, type RecheckRequest } from '../../infra/live/presence.ts';
import type { Deps } from '../shared/deps.ts';
import type { KnownPresenceRules } from './presence-rules.ts';

/** Tells all processes whose presence others may see differently from now on. */
const privacyTopic = 'privacy';

const change = z.object({ names: z.array(z.string()) });

type AnnounceDeps = Pick<Deps, 'sql' | 'bus'>;

/** Failures are ignored: after a loss, all rules are forgotten and presence is resent. */
const publish = ({ bus }: Pick<Deps, 'bus'>, topic: string, event: Record<string, unknown>) =>
  bus.publish(topic, event).catch(() => {});

export function watchPrivacy({ bus }: Pick<Deps, 'bus'>, rules: KnownPresenceRules): Promise<() => void> {
  return bus.subscribe(privacyTopic, (event) => {
    if (event) rules.forget(change.parse(event).names);
    else rules.forgetAll(); // events may have been missed
  });
}

/** Updates who may see the user or, given two users, each other: in their rooms, and wherever their presence is watched. */
export async function announcePresenceRules(deps: AnnounceDeps, names: [string, string?]): Promise<void> {
  const given = names.filter((name) => name !== undefined);
  await publish(deps, privacyTopic, { names: given });
  const viewers = given.length === 2 ? given : undefined;
  await publish(deps, presenceTopic(everybody), { type: 'recheck', names: given, viewers });
  const [first, second = first] = given;
  await requestRechecks(
    deps,
    Prisma.sql`
      SELECT one.room_id FROM room_members one
      JOIN room_members two ON two.room_id = one.room_id AND two.username = ${second}
      WHERE one.username = ${first}`,
    [{ type: 'recheck', names: given }],
  );
}

/** The user came into the room or left it. Who shares a private room may see more in public ones, and elsewhere. */
export async function announceRoommates(
  deps: AnnounceDeps,
  { roomId, username }: { roomId: number; username: string },
): Promise<void> {
  await requestRechecks(
    deps,
    Prisma.sql`
      SELECT m.room_id FROM room_members m JOIN rooms r ON r.id = m.room_id AND NOT r.is_private
      WHERE m.username = ${username} AND EXISTS (SELECT 1 FROM rooms WHERE id = ${roomId} AND is_private)
      UNION ALL
      SELECT ${Prisma.raw(String(everybody))} FROM rooms WHERE id = ${roomId} AND is_private`,
    [
      { type: 'recheck', names: [username] },
      { type: 'recheck', viewers: [username] },
    ],
  );
}

/** Beyond these, viewers see former roommates until they connect again. */
const maxPublicRooms = 1000;

/** The members of a private room are no roommates any more, as it is gone or public, or they are from now on. */
export async function announceRoomPrivacy(
  deps: AnnounceDeps,
  members: Iterable<string[]> | AsyncIterable<string[]>,
): Promise<void> {
  for await (const viewers of members)
    await publish(deps, presenceTopic(everybody), { type: 'recheck', viewers });
  await requestRechecks(
    deps,
    Prisma.sql`SELECT id AS room_id FROM rooms WHERE NOT is_private ORDER BY id LIMIT ${maxPublicRooms}`,
    [{ type: 'recheck' }],
  );
}

async function requestRechecks(
  deps: AnnounceDeps,
  rooms: Prisma.Sql,
  requests: RecheckRequest[],
): Promise<void> {
  const rows = await deps.sql<{ room_id: number | bigint }>(rooms);
  await Promise.all(
    rows.flatMap(({ room_id: id }) =>
      requests.map((request) => publish(deps, presenceTopic(Number(id)), { ...request })),
    ),
  );
}
