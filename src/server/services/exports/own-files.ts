import { cleanFileName } from '../../core/file-names.ts';
import { type FileSummary, listStoredFiles } from '../files/list-files.ts';
import type { Deps } from '../shared/deps.ts';

/** The most bytes of files in an archive. The others are in its list, and can be downloaded one by one. */
const maxFileBytes = 4 * 1024 ** 3;
/** An archive has a place in memory for each. */
const maxFiles = 100_000;

export interface OwnFile {
  /** In the storage. */
  key: string;
  file: Omit<FileSummary, 'owner'> & {
    /** In the archive; null for one that is not in it. */
    path: string | null;
  };
}

/** The user's files, oldest first, each in a folder of its own, since names can be equal. */
export async function ownFiles(
  deps: Pick<Deps, 'sql'>,
  { username, signal, hasStorage }: { username: string; signal: AbortSignal; hasStorage: boolean },
): Promise<OwnFile[]> {
  const files: OwnFile[] = [];
  let bytes = 0;
  for await (const { owner: _, contentId: key, ...file } of listStoredFiles(deps, { owner: username })) {
    signal.throwIfAborted();
    if (files.length >= maxFiles) break;
    const fits = hasStorage && bytes + file.size <= maxFileBytes;
    if (fits) bytes += file.size;
    files.push({
      key,
      file: { ...file, path: fits ? `files/${file.id}/${cleanFileName(file.name)}` : null },
    });
  }
  return files;
}
