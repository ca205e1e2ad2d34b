import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { createBoundedQueue } from '../limits/bounded-queue.ts';
import type { MediaTask } from './media-tasks.ts';
import { createWorkerProcess } from './worker-process.ts';

/** The sizes of previews: the longer side has at most so many pixels. */
export const previewSizes = [320, 1280] as const;

/** Pixels of a side. */
export const avatarSize = 256;

export type PreviewSize = (typeof previewSizes)[number];

/** A file that was made from another, and belongs to the caller. `size` is in bytes. */
export interface MadeFile {
  path: string;
  size: number;
}

/** A picture that could be read, and the files made from it. */
export interface ProcessedPicture {
  /** What it is, whatever its name says. */
  mediaType: PictureType;
  /** As it is shown, after its EXIF orientation has been applied. */
  width: number;
  height: number;
  /** A picture of a few pixels as a `data:` URL, to be shown blurred until the preview has loaded. At most 1,000 characters. */
  placeholder: string;
  /** The picture without its metadata, in the same format and in sRGB. Absent if the metadata is kept. */
  stripped?: MadeFile;
  /** WebP without metadata, of the first frame. Only sizes below that of the picture. */
  previews: Partial<Record<PreviewSize, MadeFile>>;
}

export const pictureType = z.enum(['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif']);

export type PictureType = z.output<typeof pictureType>;

/** What is known about sound or a film; what is missing could not be read. */
export interface MediaFacts {
  durationMs?: number;
  /** Pixels. */
  width?: number;
  height?: number;
}

/** How a task waits for those of others. */
export interface Turn {
  /** Tasks of the same line, such as those of a user, are done in order of arrival. Lines take turns. */
  line?: string | undefined;
  /** Ends the waiting; what has begun is done. */
  signal?: AbortSignal | undefined;
}

/**
 * Reads pictures and other media in a process of its own, whose memory and time are bounded, so that no file can harm the server.
 * One at a time: calls wait in a bounded queue. All but `close` throw 'TOO_MANY_REQUESTS' if the queue is full, 'ABORTED' if the
 * signal aborts while they wait, and 'UNAVAILABLE' once closed. Nothing that they make is left then.
 */
export interface Pictures {
  /** Undefined if the file is no picture that can be read, or too large to be. Made files are put beside it, named after it. */
  process(path: string, options: Turn & { keepMetadata: boolean }): Promise<ProcessedPicture | undefined>;
  /** A square WebP of {@link avatarSize}, without metadata, cut out of the middle. Undefined as above. */
  makeAvatar(path: string, turn?: Turn): Promise<MadeFile | undefined>;
  /** Of an audio or video file. Reads only a part of it, so something may be missing, such as the size of an MP4 film. */
  inspectMedia(path: string, turn?: Turn): Promise<MediaFacts>;
  /** Ends the process. */
  close(): Promise<void>;
}

interface Options {
  /** Width times height times frames of a picture. */
  maxPixels?: number;
  /** Megabytes of the process, beyond the 40 to 70 that an empty one takes: resident, as operating systems count. */
  maxMemoryMb?: number;
  /** For each task, in milliseconds. */
  timeLimitMs?: number;
  /** The time without tasks after which the process ends, in milliseconds. */
  idleMs?: number;
  /** Tasks that may wait. */
  maxWaiting?: number;
  /** Receives why the process ended or was ended before it was done with a file. */
  onFailure?(reason: string): void;
}

const size = z.int().positive();
const processed = z.object({
  mediaType: pictureType,
  width: size,
  height: size,
  placeholder: z.string().max(1000).startsWith('data:image/webp;base64,'),
  stripped: size.optional(),
  previews: z.record(z.string(), size),
});
const facts = z.object({
  durationMs: size.exactOptional(),
  width: size.exactOptional(),
  height: size.exactOptional(),
});
const taskReply = z.object({ result: z.unknown(), rss: z.number() });

/**
 * The process is started for the first task. In force are:
 *
 * - its memory, 256 MB beyond that of an empty process, checked 50 times a second by itself; 64 MB of it for JavaScript;
 * - the time for each file, after which it is killed;
 * - pixels, before any is decoded; one thread, no cache, a low priority;
 * - only the decoders of the five formats; no environment variables, no standard input.
 *
 * A file at which it ends counts as unreadable, and the next one is read by a new process. What it answers is checked, since
 * a file may have taken it over.
 */
export function createPictures({
  maxPixels = 50_000_000,
  maxMemoryMb = 256,
  timeLimitMs = 30_000,
  idleMs = 60_000,
  maxWaiting = 256,
  onFailure = () => {},
}: Options = {}): Pictures {
  const queue = createBoundedQueue({ running: 1, waiting: maxWaiting, retryAfterMs: 5000 });
  const maxMemory = maxMemoryMb * 1024 * 1024;
  const worker = createWorkerProcess({
    module: new URL(`./media-worker${import.meta.url.slice(-3)}`, import.meta.url),
    args: [String(maxMemory)],
    maxHeapMb: 64,
    timeLimitMs,
    idleMs,
    onFailure,
  });
  let isClosed = false;

  function requireOpen(): void {
    if (isClosed) throw new AppError('UNAVAILABLE');
  }

  async function run(task: MediaTask, { line, signal }: Turn): Promise<unknown> {
    requireOpen();
    return queue.run(
      async () => {
        requireOpen();
        const reply = taskReply.safeParse(await worker.ask(task));
        requireOpen();
        // Memory that libraries keep would count against the next file.
        if (reply.success && reply.data.rss > maxMemory / 2) await worker.end();
        return reply.data?.result;
      },
      line,
      signal,
    );
  }

  /** As `run`. Removes the files that the task may have made, unless the result is as expected. */
  async function make<Result>(task: MediaTask, turn: Turn, result: z.ZodType<Result>, made: string[]) {
    let isMade = false;
    try {
      const { data, success } = result.safeParse(await run(task, turn));
      isMade = success;
      return data;
    } finally {
      if (!isMade) await Promise.all(made.map((path) => rm(path, { force: true })));
    }
  }

  return {
    async process(path, { keepMetadata, ...turn }) {
      const previews = previewSizes.map((size) => ({ size, path: `${path}-${size}` }));
      const stripped = `${path}-stripped`;
      const picture = await make(
        { do: 'process', path, maxPixels, previews, ...(!keepMetadata && { stripped }) },
        turn,
        processed,
        [stripped, ...previews.map(({ path }) => path)],
      );
      if (!picture) return undefined;
      const { stripped: strippedSize, previews: sizes, ...facts } = picture;
      return {
        ...facts,
        ...(strippedSize !== undefined && { stripped: { path: stripped, size: strippedSize } }),
        previews: Object.fromEntries(
          previews.flatMap(({ size: longest, path }) => {
            const size = sizes[longest];
            return size === undefined ? [] : [[longest, { path, size }]];
          }),
        ),
      };
    },

    async makeAvatar(path, turn = {}) {
      const avatar = `${path}-avatar`;
      const task: MediaTask = { do: 'avatar', path, maxPixels, size: avatarSize, avatar };
      const made = await make(task, turn, size, [avatar]);
      return made === undefined ? undefined : { path: avatar, size: made };
    },

    async inspectMedia(path, turn = {}) {
      return (await make({ do: 'inspect', path }, turn, facts, [])) ?? {};
    },

    async close() {
      isClosed = true;
      await worker.end();
    },
  };
}
