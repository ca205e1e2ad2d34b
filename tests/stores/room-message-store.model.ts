import fc from 'fast-check';
import { expect } from 'vitest';
import {
  compareMessageIds,
  type Revision,
  type RoomChange,
  type RoomMessage,
  type RoomMessageLimits,
  type RoomMessageStore,
} from '../../src/server/infra/stores/room-message-store.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';

/** Few rooms, so that they crowd each other. */
const roomId = fc.integer({ min: 1, max: 3 });
/** Which of all the messages ever stored to resume after, as a fraction of the way through them. */
const point = fc.double({ min: 0, max: 0.999, noNaN: true });

/** The rooms of messages that arrive together. */
const together = fc.oneof(
  { weight: 2, arbitrary: roomId.map((room) => [room]) },
  { weight: 1, arbitrary: fc.array(roomId, { minLength: 1, maxLength: 10 }) },
);

const ms = fc.integer({ min: 0, max: 120 });
/** Also far enough that messages expire at once, or seem to come from the future. */
const clockStep = fc.oneof({ weight: 8, arbitrary: ms }, { weight: 1, arbitrary: fc.constant(3_600_000) });
const kind = <Kind extends string>(name: Kind) => fc.constant(name);

const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: kind('append'), rooms: together }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('wait'), ms: clockStep }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('set back'), ms: clockStep }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('edited'), point }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('reaction'), point }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('deleted'), point }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('read'), roomId, point }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('forget'), roomId }) },
);
const script = fc.array(command, { maxLength: 60, size: 'max' });
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

export type Open = (
  limits: RoomMessageLimits,
  clock: FakeClock,
) => RoomMessageStore | Promise<RoomMessageStore>;

interface Kind {
  /** A store made to remember little may report a gap where there is none, but never hide one. */
  forgetful?: boolean;
  /** A store without a capacity, which counts no messages. It is slower, so that fewer stories are played. */
  isUnbounded?: boolean;
  isFair?: boolean;
}

interface Stage extends Pick<Kind, 'forgetful' | 'isUnbounded'> {
  store: RoomMessageStore;
  clock: FakeClock;
  limits: RoomMessageLimits;
}

/** Where the first message of the room is that has the most. Of such rooms, the one whose message comes first. */
function fairVictim(messages: RoomMessage[]): number {
  const sizeOf = (room: number) => messages.filter(({ roomId }) => roomId === room).length;
  const sizes = messages.map(({ roomId }) => sizeOf(roomId));
  return sizes.indexOf(Math.max(...sizes));
}

export async function checkAgainstArrays(
  open: Open,
  { forgetful = false, isFair = false, isUnbounded = false }: Kind = {},
) {
  const agrees = fc.asyncProperty(fc.integer({ min: 1, max: 8 }), script, async (capacity, steps) => {
    const limits = { capacity, ttlMs: 100, isFair };
    const clock = fakeClock();
    await play(steps, { forgetful, isUnbounded, limits, clock, store: await open(limits, clock) });
  });
  await fc.assert(agrees, { numRuns: isUnbounded ? 30 : 500 });
}

/** A change that was made, and not one that a later one replaced. */
interface Made {
  id: string;
  kind: RoomChange['kind'];
  roomId: number;
  messageId: string;
  atMs: number;
}

/** Takes the steps on the store, and beside it on arrays that know nothing of the store but its ids. */
async function play(
  steps: Command[],
  { store, clock, limits, forgetful, isUnbounded }: Stage,
): Promise<void> {
  const ever: RoomMessage[] = [];
  let stored: RoomMessage[] = []; // less the rooms forgotten
  let fitting: RoomMessage[] = []; // of those, what was never crowded out
  // A message found expired may or may not come back when the clock is set back: either is allowed.
  const onceExpired = new Set<string>();
  let made: Made[] = [];
  /** Deletions beyond those that are remembered. */
  const crowdedOut = new Set<string>();

  const isExpired = ({ createdAt }: RoomMessage) => clock() >= createdAt.getTime() + limits.ttlMs;

  function moveClock(ms: number) {
    clock.advance(ms);
    for (const message of fitting) if (isExpired(message)) onceExpired.add(message.id);
    for (const { id, atMs } of made) if (clock() >= atMs + limits.ttlMs) onceExpired.add(id);
  }

  /** Which room holds the most depends on when expired messages go: before one is added, and when any room is read. */
  function letExpire() {
    while (limits.isFair && fitting[0] && isExpired(fitting[0])) fitting.shift();
  }

  /** Returns whether the answer lacks anything that was stored. */
  function judge(answer: RoomMessage[], roomId: number, after: string | undefined): boolean {
    const isWanted = (message: RoomMessage) =>
      message.roomId === roomId && (after === undefined || compareMessageIds(message.id, after) > 0);
    const answered = new Set(answer.map(({ id }) => id));
    const expected = fitting
      .filter((message) => isWanted(message) && !isExpired(message))
      .filter(({ id }) => !onceExpired.has(id) || answered.has(id));
    expect(answer).toEqual(expected);
    return answer.length < stored.filter(isWanted).length;
  }

  const isGone = (id: string) => onceExpired.has(id) || !fitting.some((message) => message.id === id);
  /** A store without a capacity forgets deletions along with the messages after them. */
  const isSwept = ({ id, roomId }: Made) =>
    ever.some(
      (later) => later.roomId === roomId && compareMessageIds(later.id, id) > 0 && onceExpired.has(later.id),
    );
  const mayBeForgotten = (change: Made) =>
    change.kind === 'deleted'
      ? onceExpired.has(change.id) || crowdedOut.has(change.id) || (isUnbounded && isSwept(change))
      : isGone(change.messageId);

  /** Returns whether the answer lacks a deletion. */
  function judgeChanges(answer: RoomChange[], roomId: number, after: string): boolean {
    const wanted = made.filter(
      (change) => change.roomId === roomId && compareMessageIds(change.id, after) > 0,
    );
    const answered = new Set(answer.map(({ id }) => id));
    const expected = wanted.filter((change) => answered.has(change.id) || !mayBeForgotten(change));
    expect(answer.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    for (const [index, change] of answer.entries()) {
      const { kind, messageId } = expected[index] as Made; // safe: they are as many
      if (change.kind === 'deleted') {
        expect(change.messageId).toBe(messageId);
        expect(kind === 'deleted' || onceExpired.has(messageId)).toBe(true);
      } else expect(change).toMatchObject({ kind, message: fitting.find(({ id }) => id === messageId) });
    }
    return wanted.some(({ kind, id }) => kind === 'deleted' && !answered.has(id));
  }

  /** Makes one change of a message, if that is there. */
  async function change(kind: RoomChange['kind'], { id, roomId }: RoomMessage): Promise<void> {
    const index = fitting.findIndex((message) => message.id === id);
    const before = fitting[index];
    const text = `edited ${made.length}`;
    const editedAt = new Date(clock());
    const reactions = [{ emoji: '👍', users: [`user ${made.length}`] }];
    const revisions: Record<RoomChange['kind'], Revision> = {
      edited: { kind: 'edited', text, editedAt },
      reaction: { kind: 'reaction', reactions },
      deleted: { kind: 'deleted' },
    };
    const shown = before ?? {};
    const wasThere = await store
      .revise(roomId, id, (message) => {
        expect(message).toMatchObject(shown);
        return revisions[kind];
      })
      .then(
        () => true,
        () => false,
      );
    if (!onceExpired.has(id)) expect(wasThere).toBe(before !== undefined && !isExpired(before));
    if (!wasThere || !before) return;
    const place = await store.newestId();
    expect(compareMessageIds(place, ever.at(-1)?.id ?? place)).toBeGreaterThan(0);
    made = made.filter(
      ({ messageId, ...other }) => messageId !== id || (kind !== 'deleted' && other.kind !== kind),
    );
    made.push({ id: place, kind, roomId, messageId: id, atMs: clock() });
    if (kind === 'deleted') {
      fitting.splice(index, 1);
      stored = stored.filter((message) => message.id !== id);
      const deletions = made.filter((other) => other.kind === 'deleted' && !crowdedOut.has(other.id));
      if (!isUnbounded && deletions.length > limits.capacity) crowdedOut.add(deletions[0]?.id ?? '');
      return;
    }
    fitting[index] = { ...before, ...(kind === 'edited' ? { text, editedAt } : { reactions }) };
  }

  for (const step of steps) {
    if (step.kind === 'append') {
      const drafts = step.rooms.map((room, index) => ({
        ...{ roomId: room, username: 'ada', text: `message ${ever.length + index}` },
      }));
      let newest = await store.newestId();
      expect(compareMessageIds(ever.at(-1)?.id ?? newest, newest)).toBeLessThanOrEqual(0);
      const messages = await Promise.all(drafts.map((draft) => store.append(draft)));
      expect(messages).toMatchObject(drafts.map((draft) => ({ ...draft, createdAt: new Date(clock()) })));
      for (const message of messages.sort((a, b) => compareMessageIds(a.id, b.id))) {
        letExpire();
        expect(compareMessageIds(newest, message.id)).toBeLessThan(0);
        newest = message.id;
        ever.push(message);
        stored.push(message);
        fitting.push(message);
        if (!isUnbounded && fitting.length > limits.capacity)
          fitting.splice(limits.isFair ? fairVictim(fitting) : 0, 1);
      }
    } else if (step.kind === 'wait') moveClock(step.ms);
    else if (step.kind === 'set back') {
      if (limits.isFair) await store.list(1);
      letExpire();
      moveClock(-step.ms);
    } else if (step.kind === 'edited' || step.kind === 'reaction' || step.kind === 'deleted') {
      const message = ever[Math.floor(step.point * ever.length)];
      if (message) await change(step.kind, message);
    } else if (step.kind === 'forget') {
      await store.forgetRoom(step.roomId);
      stored = stored.filter(({ roomId }) => roomId !== step.roomId);
      fitting = fitting.filter(({ roomId }) => roomId !== step.roomId);
      made = made.filter(({ roomId }) => roomId !== step.roomId);
    } else {
      const after = ever[Math.floor(step.point * ever.length)]?.id;
      judge(await store.list(step.roomId, after), step.roomId, after);
      judge(await store.list(step.roomId), step.roomId, undefined);
      if (after === undefined) continue;
      const { messages, changes, gap } = await store.since(step.roomId, after);
      const lacksDeletion = judgeChanges(changes, step.roomId, after);
      const lacking = judge(messages, step.roomId, after) || lacksDeletion;
      if (lacking || !forgetful) expect(gap).toBe(lacking);
    }
    if (isUnbounded) continue;
    expect(store.size()).toBeLessThanOrEqual(fitting.length);
    expect(store.size()).toBeGreaterThanOrEqual(fitting.filter(({ id }) => !onceExpired.has(id)).length);
  }
}
