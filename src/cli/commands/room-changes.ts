import type { Command } from 'commander';
import { z } from 'zod';
import { newRoomName, time } from '../../server/core/validation.ts';
import { removeMember } from '../../server/services/rooms/bans.ts';
import { createInvite, inviteSeconds, maxUses } from '../../server/services/rooms/invites.ts';
import { roles } from '../../server/services/rooms/powers.ts';
import { setRole } from '../../server/services/rooms/roles.ts';
import { describeRoom } from '../../server/services/rooms/room-administration.ts';
import { changeRoom } from '../../server/services/rooms/update-room.ts';
import { withAdmin } from '../admin.ts';
import { CommandError } from '../failure.ts';
import { note, printable, printJson, printLine, printRows } from '../output.ts';
import { type ByName, namedRoom, roomCommand } from './room-argument.ts';

interface Json {
  json?: boolean;
}

export function addRoomChangeCommands(room: Command): void {
  roomCommand(room, 'show <room>')
    .description('show a room with its settings and the names of its owners and moderators')
    .option('--json', 'print the room as JSON')
    .action((given: string, options: ByName & Json) =>
      withAdmin(async (admin) => {
        const { id } = await namedRoom(admin, given, options);
        const report = await describeRoom(admin, id);
        if (options.json) return printJson(report);
        const lines = Object.entries(report).map(([field, value]) => ({ field, value: shownValue(value) }));
        await printRows(lines, { field: ({ field }) => field, value: ({ value }) => value }, {});
      }),
    );

  roomCommand(room, 'rename <room> <name>')
    .description('give a room another name')
    .option('--json', 'print the room as JSON')
    .action((given: string, name: string, options: ByName & Json) =>
      withAdmin(async (admin) => {
        const before = await namedRoom(admin, given, options);
        const renamed = await changeRoom(admin, {
          roomId: before.id,
          by: null,
          name: parseArgument('name', newRoomName, name),
        });
        if (options.json) return printJson({ id: renamed.id, name: renamed.name });
        note(`${printable(before.name)} is now ${printable(renamed.name)}`);
      }),
    );

  roomCommand(room, 'set-role <room> <name> <role>')
    .description(`give a member another role: ${roles.join(', ')}`)
    .option('--json', 'print the room, the member and the role as JSON')
    .action((given: string, username: string, wanted: string, options: ByName & Json) =>
      withAdmin(async (admin) => {
        const { id, name } = await namedRoom(admin, given, options);
        const role = parseArgument('role', z.enum(roles), wanted);
        await setRole(admin, { roomId: id, by: null, username, role });
        if (options.json) return printJson({ id, name, username, role });
        note(`${printable(username)} is now ${role} of ${printable(name)}`);
      }),
    );

  roomCommand(room, 'ban <room> <name>')
    .description('end a membership, and keep the user out of the room')
    .option('--until <time>', 'ISO 8601 with an offset, such as 2027-01-31T00:00:00Z; for good without it')
    .option('--json', 'print the room and the ban as JSON')
    .action((given: string, username: string, options: ByName & Json & { until?: string }) =>
      withAdmin(async (admin) => {
        const { id, name } = await namedRoom(admin, given, options);
        const until = options.until === undefined ? undefined : parseArgument('--until', time, options.until);
        await removeMember(admin, { roomId: id, by: null, username, ban: true, until });
        if (options.json) return printJson({ id, name, username, until: until ?? null });
        note(`${printable(username)} is banned from ${printable(name)}`);
      }),
    );

  roomCommand(room, 'invite <room>')
    .description('create an invitation and print its code, which is not shown again')
    .option('--max-uses <number>', 'how many users it lets in; any number without it')
    .option('--expires-in <seconds>', 'how long it can be used; without end without it')
    .option('--json', 'print the invitation as JSON')
    .action((given: string, options: ByName & Json & { maxUses?: string; expiresIn?: string }) =>
      withAdmin(async (admin) => {
        const { id } = await namedRoom(admin, given, options);
        const invite = await createInvite(admin, {
          roomId: id,
          by: null,
          maxUses: parseNumber('--max-uses', maxUses, options.maxUses),
          expiresInSeconds: parseNumber('--expires-in', inviteSeconds, options.expiresIn),
        });
        if (options.json) return printJson({ roomId: id, ...invite });
        await printLine(invite.code);
      }),
    );
}

const shownValue = (value: unknown) =>
  value instanceof Date
    ? value
    : Array.isArray(value)
      ? value.join(', ')
      : value === null
        ? null
        : String(value);

/** Throws a refusal that names the argument. */
function parseArgument<Output>(argument: string, schema: z.ZodType<Output>, given: unknown): Output {
  const { data, error } = schema.safeParse(given);
  if (error) throw new CommandError(`${argument}: ${error.issues[0]?.message ?? 'invalid'}`);
  return data as Output; // safe: without an error there is one
}

const parseNumber = (argument: string, schema: z.ZodType<number>, given: string | undefined) =>
  given === undefined ? undefined : parseArgument(argument, schema, Number(given));
