import { firstIndex } from '../../core/first-index.ts';
import type { SnapshotChange } from './room-message-snapshot.ts';
import { compareMessageIds, noMessageId, type RoomChange, type RoomMessage } from './room-message-store.ts';

const kinds: readonly RoomChange['kind'][] = ['edited', 'reaction', 'deleted'];

/** Replaced entries are removed once they outnumber the others by more than this. */
const minReplaced = 16;

/**
 * What has become of the messages of one room: of each message its latest edit and the latest change of its reactions, or that
 * it was deleted.
 */
export class RoomRevisions {
  /** In the order of their ids. */
  #entries: SnapshotChange[] = [];
  readonly #latest = new Map<string, SnapshotChange>();
  readonly #revised = new Map<string, RoomMessage>();

  get size(): number {
    return this.#latest.size;
  }

  /** The message as it is now, given as it was sent. */
  current(message: RoomMessage): RoomMessage {
    return this.#revised.get(message.id) ?? message;
  }

  /** The hash of the text of an edited message as it was sent, if its sender has named it. */
  sentHash(messageId: string): string | undefined {
    const edit = this.#latest.get(keyOf({ kind: 'edited', messageId }));
    return edit?.kind === 'edited' ? edit.sentHash : undefined;
  }

  /** With the message as it is now, unless it was deleted. */
  add(entry: SnapshotChange, message?: RoomMessage): void {
    if (message) this.#revised.set(entry.messageId, message);
    else this.forget(entry.messageId);
    this.#latest.set(keyOf(entry), entry);
    this.#entries.push(entry);
    if (this.#entries.length > 2 * this.size + minReplaced)
      this.#entries = this.#entries.filter((each) => this.#isLatest(each));
  }

  /** The message is gone, or that it was deleted need not be told any more. */
  forget(messageId: string): void {
    this.#revised.delete(messageId);
    for (const kind of kinds) this.#latest.delete(keyOf({ kind, messageId }));
  }

  /** In the order of their ids. */
  all(): SnapshotChange[] {
    return this.after(noMessageId, Number.POSITIVE_INFINITY);
  }

  /** The oldest entries with higher ids. */
  after(id: string, limit: number): SnapshotChange[] {
    const isNewer = (index: number) => compareMessageIds(this.#entries[index]?.id ?? id, id) > 0;
    const found: SnapshotChange[] = [];
    for (let index = firstIndex(this.#entries.length, isNewer); found.length < limit; index += 1) {
      const entry = this.#entries[index];
      if (!entry) break;
      if (this.#isLatest(entry)) found.push(entry);
    }
    return found;
  }

  #isLatest(entry: SnapshotChange): boolean {
    return this.#latest.get(keyOf(entry)) === entry;
  }
}

const keyOf = ({ kind, messageId }: Pick<SnapshotChange, 'kind' | 'messageId'>) => `${kind} ${messageId}`;
