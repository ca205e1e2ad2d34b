import { setImmediate as setImmediateCallback } from 'node:timers';
import { setImmediate } from 'node:timers/promises';
import { AppError } from './errors.ts';

/**
 * Runs `run` for each item, and yields to the event loop after every `size` of them, so that long work does not delay
 * everything else. The first slice runs synchronously. Iterating over a live `Set` or `Map` includes what is added meanwhile.
 */
export async function forEachInSlices<Item>(
  items: Iterable<Item>,
  size: number,
  run: (item: Item) => void,
): Promise<void> {
  let left = size;
  for (const item of items) {
    if (left === 0) {
      await setImmediate();
      left = size;
    }
    left -= 1;
    run(item);
  }
}

/** Long jobs that wait for their next slice. */
const waiting: (() => void)[] = [];

/** One job in each turn of the event loop, so that many long jobs delay other work no more than one does. */
function continueNext(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediateCallback(continueNext);
}

/** Pieces of heavy work that wait to begin. */
const heavy: (() => void)[] = [];
let isBeginning = false;
/** When the heavy work of this turn of the event loop has begun. */
let turnStartedAt: number | undefined;
/** After this, further heavy work waits for a later turn. */
const busyMs = 3;

function isTurnBusy(): boolean {
  const now = performance.now();
  if (turnStartedAt !== undefined) return now - turnStartedAt > busyMs;
  turnStartedAt = now;
  setImmediateCallback(() => {
    turnStartedAt = undefined;
  });
  return false;
}

/** Begins one piece after the other, so that each is in the time that the next one looks at. */
function beginNext(): void {
  const begin = heavy[0];
  isBeginning = begin !== undefined;
  if (!begin) return;
  if (isTurnBusy()) return void setImmediateCallback(beginNext);
  heavy.shift();
  begin();
  // A tick that a microtask asks for comes after all microtasks, and so after all that the work does without waiting.
  queueMicrotask(() => process.nextTick(beginNext));
}

/**
 * To be called before heavy work. Waits for a later turn of the event loop if other calls have kept this one busy, as when
 * many arrive together, in a batch or over many connections.
 */
export async function yieldIfBusy(signal?: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    heavy.push(resolve);
    if (!isBeginning) beginNext();
  });
  if (signal?.aborted) throw new AppError('ABORTED');
}

/** Lets other work run before the next slice of a long job. Throws 'ABORTED' if the caller is gone. */
export async function yieldTurn(signal?: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    if (waiting.push(resolve) === 1) setImmediateCallback(continueNext);
  });
  if (signal?.aborted) throw new AppError('ABORTED');
}

interface SliceOptions<Row, Key> {
  /** The most rows of one slice. */
  size: number;
  /** The position of a row in the order of reading. */
  keyOf(row: Row): Key;
  /** Reads up to `size` rows after a position, or the first ones. */
  read(after: Key | undefined): Promise<Row[]>;
  /** Aborts when the caller is gone. */
  signal?: AbortSignal | undefined;
}

/**
 * Reads a long list in slices, each once it is asked for. Other work runs between two slices, and the database is used
 * only while one is read. Throws 'ABORTED' if the caller is gone.
 */
export async function* readInSlices<Row, Key>({
  size,
  keyOf,
  read,
  signal,
}: SliceOptions<Row, Key>): AsyncGenerator<Row[], void> {
  for (let after: Key | undefined; ; ) {
    await yieldIfBusy(signal);
    const rows = await read(after);
    await yieldIfBusy(signal); // before the caller works on them
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < size) return;
    after = keyOf(last);
    await yieldTurn(signal);
  }
}

/** The slices with each row mapped. */
export async function* mapSlices<Row, Mapped>(
  slices: AsyncIterable<Row[]>,
  map: (row: Row) => Mapped,
): AsyncGenerator<Mapped[], void> {
  for await (const slice of slices) yield slice.map(map);
}
