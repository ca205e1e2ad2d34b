import type { Command } from 'commander';
import { noRowId, rowId } from '../../server/core/validation.ts';
import { findRoom } from '../../server/services/rooms/room-administration.ts';
import type { Admin } from '../admin.ts';

/** An option of every command that takes a room. */
export interface ByName {
  byName?: boolean;
}

const roomHelp = '\n<room> is a room id or name. With --by-name, a number is taken as a name.';

/** A command whose first argument is a room. */
export function roomCommand(room: Command, usage: string): Command {
  return room
    .command(usage)
    .option('--by-name', 'treat <room> as a name even if it is a number')
    .addHelpText('after', roomHelp);
}

/** Throws 'ROOM_NOT_FOUND'. */
export function namedRoom(admin: Admin, given: string, { byName }: ByName) {
  const isId = /^\d+$/.test(given) && !byName;
  return findRoom(admin, isId ? { id: rowId.catch(noRowId).parse(Number(given)) } : { name: given });
}
