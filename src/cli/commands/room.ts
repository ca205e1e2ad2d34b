import type { Command } from 'commander';
import { listAllMembers, listRooms, transferRoom } from '../../server/services/rooms/room-administration.ts';
import { removeRoom } from '../../server/services/rooms/rooms.ts';
import { withAdmin } from '../admin.ts';
import { note, printable, printJson, printRows } from '../output.ts';
import { confirm } from '../prompt.ts';
import { type ByName, namedRoom, roomCommand } from './room-argument.ts';
import { addRoomChangeCommands } from './room-changes.ts';

interface Json {
  json?: boolean;
}

export function addRoomCommands(program: Command): void {
  const room = program.command('room').description('rooms, their members, roles, bans and invitations');

  room
    .command('list')
    .description('list all rooms, private ones included, in order of creation')
    .option('--json', 'print one JSON object per line')
    .action((options: Json) =>
      withAdmin((admin) =>
        printRows(
          listRooms(admin),
          {
            id: ({ id }) => id,
            name: ({ name }) => name,
            private: ({ isPrivate }) => (isPrivate ? 'yes' : 'no'),
            members: ({ members }) => members,
            creator: ({ createdBy }) => createdBy,
            created: ({ createdAt }) => createdAt,
          },
          options,
        ),
      ),
    );

  roomCommand(room, 'delete <room>')
    .description('delete a room with its memberships and messages; effective on a running server at once')
    .option('--yes', 'skip the confirmation')
    .option('--json', 'print the deleted room as JSON')
    .action((given: string, options: ByName & Json & { yes?: boolean }) =>
      withAdmin(async (admin) => {
        const { id, name, members } = await namedRoom(admin, given, options);
        await confirm(`Delete the room ${printable(name)} (id ${id}, ${members} members)?`, options);
        await removeRoom(admin, id);
        if (options.json) return printJson({ id, name, members });
        note(`deleted ${printable(name)}`);
      }),
    );

  roomCommand(room, 'members <room>')
    .description('list the members of a room in order of joining')
    .option('--json', 'print one JSON object per line')
    .action((given: string, options: ByName & Json) =>
      withAdmin(async (admin) => {
        const { id } = await namedRoom(admin, given, options);
        await printRows(
          listAllMembers(admin, id),
          { username: ({ username }) => username, joined: ({ joinedAt }) => joinedAt },
          options,
        );
      }),
    );

  roomCommand(room, 'transfer <room> <name>')
    .description('make a member the creator and only owner; former owners become moderators')
    .option('--json', 'print the room and its owner as JSON')
    .action((given: string, username: string, options: ByName & Json) =>
      withAdmin(async (admin) => {
        const { id, name } = await namedRoom(admin, given, options);
        await transferRoom(admin, { roomId: id, username });
        if (options.json) return printJson({ id, name, createdBy: username });
        note(`${printable(name)} now belongs to ${printable(username)}`);
      }),
    );

  addRoomChangeCommands(room);
}
