import { type ImportContext, newIds, optionalColumns, quote, raiseCounter } from './import-context.ts';
import { cleanText, isKeepable, rawText, shortName, storedTime, type Value } from './values.ts';

interface LegacyRoom {
  id: number;
  name: Value;
  is_private: Value;
  password_hash: Value;
  created_at: Value;
}

interface LegacyMember {
  id: number;
  room_id: number;
  username: Value;
  joined_at: Value;
}

/** Imports rooms with their passwords. A room whose name is taken is renamed and never merged, as its members differ. */
export async function importRooms(context: ImportContext): Promise<void> {
  const { legacy, target, ledger, rooms, report, batches } = context;
  const rows = legacy.prepare<[], LegacyRoom>(`
    SELECT id, name, ${optionalColumns(legacy, 'rooms', 'is_private', 'password_hash', 'created_at')}
    FROM rooms ORDER BY id`);
  const nameOf = target.prepare<[number], string>('SELECT name FROM rooms WHERE id = ?').pluck();
  const isNameTaken = target.prepare('SELECT 1 FROM rooms WHERE name = ?').pluck();
  const isLegacyName = legacy.prepare('SELECT 1 FROM rooms WHERE name = ?').pluck();
  const addRoom = target.prepare(
    'INSERT INTO rooms (id, name, is_private, password_hash, created_at) VALUES (?, ?, ?, ?, ?)',
  );

  function freeName(wanted: string): string {
    if (isNameTaken.get(wanted) === undefined) return wanted;
    for (let number = 2; ; number += 1) {
      const name = shortName(wanted, `-${number}`);
      if (isNameTaken.get(name) === undefined && isLegacyName.get(name) === undefined) return name;
    }
  }

  const newId = newIds(context, 'rooms');
  const idFor = (legacyId: number) =>
    isKeepable(legacyId) && nameOf.get(legacyId) === undefined ? legacyId : newId();

  await batches.each(rows.iterate(), (room) => {
    report.read('rooms');
    const legacyName = rawText(room.name);
    const entry = ledger.entry('room', room.id, legacyName, rawText(room.created_at));
    if (entry.before) {
      report.skipped('rooms', 'imported before');
      const id = entry.before.target;
      const name = id === null ? undefined : nameOf.get(id);
      // Otherwise the room has been deleted here since the last import and stays deleted.
      if (id === null || name === undefined) return;
      rooms.add(room.id, id);
      reportChanges(room, { id, name });
      return;
    }
    // Joining trims the name, so an untrimmed one could never match.
    const wanted = shortName(cleanText(room.name).trim()).trim() || `room-${room.id}`;
    const name = freeName(wanted);
    const isPrivate = isTrue(room.is_private);
    const passwordHash = isPrivate && room.password_hash !== null ? rawText(room.password_hash) : null;
    const id = idFor(room.id);
    addRoom.run(id, name, isPrivate ? 1 : 0, passwordHash, storedTime(room.created_at));
    entry.record(id);
    rooms.add(room.id, id);
    report.imported('rooms');
    reportChanges(room, { id, name });
    if (isPrivate && passwordHash === null)
      report.conflict(
        'rooms',
        room.id,
        `the private room ${quote(name)} has no password, so nobody can join it`,
      );
  });

  /** Reports a changed name or id, which the members of the room need to know. */
  function reportChanges(room: LegacyRoom, { id, name }: { id: number; name: string }): void {
    const legacyName = rawText(room.name);
    if (name !== legacyName)
      report.conflict('rooms', room.id, `the room ${quote(legacyName)} is ${quote(name)} here`);
    if (id !== room.id)
      report.conflict('rooms', room.id, `the room ${quote(legacyName)} has the id ${id} here`);
  }

  await batches.each(['rooms'], (table) => raiseCounter(context, table));
}

/** True as in Python: any number but 0. */
const isTrue = (value: Value): boolean => value !== null && Number(rawText(value)) !== 0;

/**
 * Imports each membership once. The first member is the creator, because rooms of the original could not be left, and the creator owns
 * the room.
 */
export async function importMembers(context: ImportContext): Promise<void> {
  const { legacy, target, ledger, names, rooms, report, batches } = context;
  const rows = legacy.prepare<[], LegacyMember>(
    `SELECT id, room_id, username, ${optionalColumns(legacy, 'room_members', 'joined_at')} FROM room_members ORDER BY id`,
  );
  const isLegacyRoom = legacy.prepare('SELECT 1 FROM rooms WHERE id = ?').pluck();
  const addMember = target.prepare(
    'INSERT OR IGNORE INTO room_members (room_id, username, joined_at) VALUES (?, ?, ?)',
  );
  const setCreator = target.prepare('UPDATE rooms SET created_by = ? WHERE id = ? AND created_by IS NULL');
  // As in the migration that brought roles.
  const setOwners = target.prepare(`
    UPDATE room_members SET role = 'owner' WHERE id IN (
      SELECT coalesce(
        (SELECT m.id FROM room_members m WHERE m.room_id = r.id AND m.username = r.created_by),
        (SELECT min(m.id) FROM room_members m WHERE m.room_id = r.id))
      FROM rooms r WHERE NOT EXISTS (
        SELECT 1 FROM room_members o WHERE o.room_id = r.id AND o.role <> 'member' AND o.role = 'owner'))`);

  await batches.each(rows.iterate(), (member) => {
    report.read('members');
    const isFirst = rooms.isFirstMember(member.room_id);
    const entry = ledger.entry('member', member.id, rawText(member.room_id), rawText(member.username));
    if (entry.before) return report.skipped('members', 'imported before');
    const roomId = rooms.idOf(member.room_id);
    if (roomId === undefined) {
      const isDeleted = isLegacyRoom.get(member.room_id) !== undefined;
      return report.skipped(
        'members',
        isDeleted ? 'the room has been deleted here' : 'there is no such room',
      );
    }
    const { name, hasAccount } = names.resolve(rawText(member.username));
    if (!hasAccount) return report.skipped('members', 'there is no such user');
    const { changes } = addMember.run(roomId, name, storedTime(member.joined_at));
    if (isFirst) setCreator.run(name, roomId);
    entry.record(null);
    if (changes === 0) return report.skipped('members', 'is already in the room');
    report.imported('members');
  });

  await batches.each([setOwners], (statement) => void statement.run());
}
