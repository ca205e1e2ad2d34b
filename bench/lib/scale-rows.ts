import Database from 'better-sqlite3';
import { reader, summarizeConversations } from './inbox-rows.ts';

export interface Rows {
  /** Messages that the reader sent or received, spread over the file. */
  own: number;
  /** Her conversations. */
  conversations: number;
  /** All messages. The others are between her peers. */
  total: number;
}

/** Numbers that are the same in every run. */
export function createRandom(seed: number) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const syllables =
  'an ber con da el fi gor hu in jo ka lem mi nec ol per qua ra st ti um ver wo xi ya zed tion ing er the'.split(
    ' ',
  );

/** Texts from words of which few are frequent and most are rare, as in a language. */
export function createTexts(random: () => number) {
  const syllable = () => syllables[Math.floor(random() * syllables.length)] ?? '';
  const words = Array.from({ length: 30_000 }, () =>
    Array.from({ length: 1 + Math.floor(random() * 4) }, syllable).join(''),
  );
  const word = (of: () => number) => words[Math.floor(words.length * of() ** 4)] ?? '';
  return (of: () => number) => Array.from({ length: 4 + Math.floor(of() * 10) }, () => word(of));
}

/** What the searches of the benchmark look for, and in which messages of the reader it is. */
export const planted = [
  { name: 'a frequent word', query: 'frequent', every: 10 },
  { name: 'a word of one in 1,000', query: 'scarce', every: 1000 },
  { name: 'part of a word of one in 20,000', query: 'nderbol', text: 'thunderbolts', every: 20_000 },
  { name: 'two letters', query: 'q5', every: 30_000 },
  { name: 'Han', query: '北京', text: '我们去北京吃饭', every: 25_000 },
  { name: 'two frequent words, seldom together', query: 'frequent scarce', every: 0 },
  { name: 'nothing', query: 'nectionberver', every: 0 },
] as const satisfies { name: string; query: string; text?: string; every: number }[];

/** The words of the searches that belong into the message with this number. */
export const plantedIn = (number: number): string[] =>
  planted
    .filter(({ every }) => every > 0 && number % every === every - 1)
    .map((found) => ('text' in found ? found.text : found.query));

/** What is searched for is frequent in the messages of others, who must not slow it down. */
export const foreignWords = (index: number): string[] => (index % 3 === 0 ? ['scarce', 'thunderbolts'] : []);

/** Fills an inbox that Mirage has created, without the triggers that count, and counts in the end. */
export function fillInboxAtScale(path: string, { own, conversations, total }: Rows): void {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = OFF');
  const triggers = db
    .prepare<[], { name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'inbox_messages'`,
    )
    .all();
  const random = createRandom(1);
  const textBy = createTexts(random);
  // Hers are the same however many others there are, so that only those make a difference.
  const randomOfReader = createRandom(2);
  const insert = db.prepare(
    'INSERT INTO inbox_messages (sender, recipient, message, created_at) VALUES (?, ?, ?, ?)',
  );
  const peer = () => `peer${Math.floor(random() * conversations)}`;
  const time = '2026-11-21T11:00:00.000+00:00';
  db.transaction(() => {
    for (const { name } of triggers) db.exec(`DROP TRIGGER "${name}"`);
    const addUser = db.prepare(`INSERT OR IGNORE INTO users (username, email, password) VALUES (?, ?, '')`);
    for (let index = 0; index < conversations; index += 1) addUser.run(`peer${index}`, `peer${index}@x`);
    const step = total / own;
    let owned = 0;
    for (let index = 0; index < total; index += 1) {
      if (index < owned * step) {
        const words = [...textBy(random), ...foreignWords(index)];
        insert.run(peer(), peer(), words.join(' '), time);
        continue;
      }
      owned += 1;
      const words = [...textBy(randomOfReader), ...plantedIn(owned)];
      // Each conversation has some, so that all of them are there.
      const other = `peer${owned % conversations}`;
      const [sender, recipient] = randomOfReader() < 0.5 ? [reader, other] : [other, reader];
      insert.run(sender, recipient, words.join(' '), time);
    }
    for (const { sql } of triggers) db.exec(sql);
    db.exec(summarizeConversations);
  })();
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}
