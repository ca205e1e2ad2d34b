import type { Command } from 'commander';
import {
  findRoom,
  listAllMembers,
  listRooms,
  transferRoom,
} from '../../server/services/room-administration.ts';
import { removeRoom } from '../../server/services/rooms.ts';
import { rowId } from '../../server/text.ts';
import { type Admin, withAdmin } from '../admin.ts';
import { note, printable, printJson, printRows } from '../output.ts';
import { confirm } from '../prompt.ts';

interface Json {
  json?: boolean;
}

interface ByName {
  byName?: boolean;
}

const whichRoom = '\nA room is named by its id, or by its name. With --by-name, digits are a name too.';

export function addRoomCommands(program: Command): void {
  const room = program.command('room').description('rooms: list, delete, members, transfer');

  room
    .command('list')
    .description('every room, private ones too, in the order of their creation')
    .option('--json', 'one JSON object a line')
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
    .description('delete a room with its memberships and messages; a running server acts at once')
    .option('--yes', 'do not ask')
    .option('--json', 'what was deleted as JSON')
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
    .description('who is in a room, in the order in which they joined')
    .option('--json', 'one JSON object a line')
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
    .description('make a member the one who may delete the room')
    .option('--json', 'whose it is as JSON')
    .action((given: string, username: string, options: ByName & Json) =>
      withAdmin(async (admin) => {
        const { id, name } = await namedRoom(admin, given, options);
        await transferRoom(admin, { roomId: id, username });
        if (options.json) return printJson({ id, name, createdBy: username });
        note(`${printable(name)} belongs to ${printable(username)}`);
      }),
    );
}

function roomCommand(room: Command, usage: string): Command {
  return room
    .command(usage)
    .option('--by-name', 'take <room> for a name even if it is a number')
    .addHelpText('after', whichRoom);
}

function namedRoom(admin: Admin, given: string, { byName }: ByName) {
  const isId = /^\d+$/.test(given) && !byName;
  return findRoom(admin, isId ? { id: rowId.catch(2 ** 31 - 1).parse(Number(given)) } : { name: given });
}
