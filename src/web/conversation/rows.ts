import { startOfDay } from '../ui/time.tsx';

/** A message as it is shown, of whatever conversation. */
export interface ShownMessage {
  key: string;
  author: string;
  isOwn: boolean;
  text: string;
  createdAtMs: number;
  /** How far one's own message has come. */
  state?: 'sending' | 'sent' | 'read' | 'failed';
  /** Why it has not. */
  failure?: string;
}

export interface ShownGap {
  key: string;
  isGap: true;
}

export type Shown = ShownMessage | ShownGap;

export type Row =
  | { kind: 'start' | 'gap' | 'unread'; key: string }
  | { kind: 'day'; key: string; ms: number }
  /** `opens`: the first of several by the same author, which says who that is. */
  | { kind: 'message'; key: string; message: ShownMessage; opens: boolean };

const sameBreathMs = 5 * 60_000;

/** The lines of a conversation: its messages, and what stands between them. */
export function buildRows(
  items: readonly Shown[],
  firstUnread: string | undefined,
  hasOlder: boolean,
): Row[] {
  const rows: Row[] = hasOlder ? [] : [{ kind: 'start', key: 'start' }];
  let before: ShownMessage | undefined;
  let dayEndsMs = 0;
  for (const item of items) {
    if ('isGap' in item) {
      rows.push({ kind: 'gap', key: item.key });
      before = undefined;
      continue;
    }
    const { key, author, createdAtMs } = item;
    if (createdAtMs >= dayEndsMs) {
      const dayMs = startOfDay(createdAtMs);
      dayEndsMs = startOfDay(dayMs + 36 * 60 * 60_000); // days have 23 hours, or 25
      rows.push({ kind: 'day', key: `day ${dayMs}`, ms: createdAtMs });
      before = undefined;
    }
    if (key === firstUnread) {
      rows.push({ kind: 'unread', key: 'unread' });
      before = undefined;
    }
    const opens = before?.author !== author || createdAtMs - before.createdAtMs > sameBreathMs;
    rows.push({ kind: 'message', key, message: item, opens });
    before = item;
  }
  return rows;
}

/** A guess, until the row has been there to be measured. */
export function guessHeight(row: Row | undefined): number {
  if (row?.kind !== 'message') return 44;
  const lines = row.message.text.split('\n').reduce((sum, line) => sum + 1 + Math.floor(line.length / 60), 0);
  return 24 + lines * 22 + (row.opens ? 30 : 0);
}
