import Database from 'better-sqlite3';
import { createRandom, createTexts, foreignWords, plantedIn } from './scale-rows.ts';

export interface KeptRows {
  /** Messages of the room that is measured. */
  own: number;
  /** Messages of other kept rooms, spread among those of the first. */
  others: number;
}

/** Messages have the ids `1-0`, `2-0` and so on. */
export const keptIdAt = (index: number) => `${index + 1}-0`;

/** Fills the kept room, and others beside it, in a database that Mirage has created. */
export function fillKeptRooms(path: string, roomId: number, { own, others }: KeptRows): void {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = OFF');
  const insert = db.prepare(
    `INSERT INTO kept_messages (room_id, ms, seq, username, message, created_ms) VALUES (?, ?, 0, 'user0', ?, ?)`,
  );
  const addRoom = db.prepare(`INSERT INTO rooms (name, history) VALUES (?, 'kept')`);
  db.transaction(() => {
    const otherRooms = Array.from({ length: others > 0 ? 100 : 0 }, (_, index) =>
      Number(addRoom.run(`other ${index}`).lastInsertRowid),
    );
    const [random, randomOfOthers] = [createRandom(1), createRandom(2)];
    const textBy = createTexts(random);
    let added = 0;
    for (let index = 0; index < own; index += 1) {
      insert.run(roomId, index + 1, [...textBy(random), ...plantedIn(index)].join(' '), Date.now());
      for (; added < ((index + 1) * others) / own; added += 1) {
        const words = [...textBy(randomOfOthers), ...foreignWords(added)];
        insert.run(otherRooms[added % 100], added + 1, words.join(' '), Date.now());
      }
    }
  })();
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}
