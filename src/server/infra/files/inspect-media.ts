import { parseFile } from 'music-metadata';
import type { InspectTask } from './media-tasks.ts';

/** Throws if the file cannot be read. What it does not say without being read as a whole is left out. */
export async function inspectMedia({ path }: InspectTask) {
  const { format } = await parseFile(path, { skipCovers: true, skipPostHeaders: true, mkvUseIndex: true });
  const { duration, trackInfo } = format;
  const video = trackInfo.find((track) => track.video)?.video;
  const width = video?.displayWidth ?? video?.pixelWidth;
  const height = video?.displayHeight ?? video?.pixelHeight;
  return {
    ...(duration !== undefined && duration > 0 && { durationMs: Math.max(1, Math.round(duration * 1000)) }),
    ...(width !== undefined && height !== undefined && { width, height }),
  };
}
