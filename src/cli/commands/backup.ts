import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { filesPlaceOf } from '../../server/app/files.ts';
import { systemClock } from '../../server/core/clock.ts';
import { loadConfig } from '../../server/core/config.ts';
import { claimDatabase } from '../../server/infra/bus/control-socket.ts';
import { backupDatabase, backupWithFiles, restoreDatabase } from '../../server/infra/db/backup.ts';
import { databaseFile } from '../../server/infra/db/database-file.ts';
import { readFileContents } from '../../server/infra/db/file-contents.ts';
import type { FilesPlace } from '../../server/infra/files/files-url.ts';
import { countMissing, createFolderBackup, restoreFolder } from '../../server/infra/files/folder-backup.ts';
import { CommandError } from '../failure.ts';
import { note, printJson } from '../output.ts';
import { confirm } from '../prompt.ts';

interface Options {
  yes?: boolean;
  json?: boolean;
  files: boolean;
}

/** Where the files of a backup are. */
const filesOf = (file: string) => `${file}.files`;

export function addBackupCommands(program: Command): void {
  program
    .command('backup <file>')
    .description('write a consistent copy of the database and its files; the server may be running')
    .option('--no-files', 'leave out the files that users share')
    .option('--yes', 'replace an existing backup without confirmation')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nFiles that users share are copied to the folder <file>.files, as hard links where possible.\nFiles in a bucket are not copied.',
    )
    .action(async (file: string, options: Options) => {
      const config = loadConfig();
      const path = databaseFile(config.databaseUrl);
      if (!existsSync(path)) throw new CommandError(`there is no database ${path} to back up (DATABASE_URL)`);
      const overwrite = existsSync(file);
      if (overwrite) await confirm(`${file} already exists. Replace it?`, options);
      const files = await backUp(path, file, {
        overwrite,
        place: options.files ? filesPlaceOf(config) : undefined,
      });
      if (options.json) return printJson({ file, ...(files && { files }) });
      note(`wrote ${file}`);
      if (files) note(said(files));
    });

  program
    .command('restore <file>')
    .description('replace the database and its files with a backup; the server must be stopped')
    .option('--no-files', 'leave the files that users share as they are')
    .option('--yes', 'skip the confirmation')
    .option('--json', 'print the restored file and the previous database as JSON')
    .addHelpText('after', '\nThe previous database and files are kept in the same folder under other names.')
    .action(async (file: string, options: Options) => {
      const config = loadConfig();
      const path = databaseFile(config.databaseUrl);
      if (!existsSync(file)) throw new CommandError(`there is no file ${file}`);
      const claim = await claimDatabase(path, 'mirage restore');
      try {
        if (existsSync(path)) await confirm(`Replace the database ${path} with ${file}?`, options);
        const place = options.files ? filesPlaceOf(config) : undefined;
        const { aside, ...files } = await restore(file, path, place);
        if (options.json) return await printJson({ file, before: aside ?? null, ...files });
        note(`restored ${file}${aside === undefined ? '' : `; the previous database is now ${aside}`}`);
        if (files.filesBefore !== undefined) note(`the previous files are now in ${files.filesBefore}`);
        if (files.missing !== undefined)
          note(`${files.missing} objects are missing; \`mirage files verify\` names them`);
      } finally {
        await claim.close();
      }
    });
}

type BackedUpFiles =
  | { bucket: string; prefix: string }
  | { folder: string; objects: number; bytes: number; missing: string[]; changed: string[] };

/** Gives where the files are, if there are any. */
async function backUp(
  path: string,
  file: string,
  { overwrite, place }: { overwrite: boolean; place: FilesPlace | undefined },
): Promise<BackedUpFiles | undefined> {
  if (place?.kind !== 'folder') {
    backupDatabase(path, file, { overwrite });
    return place && hasAny(file) ? { bucket: place.bucket, prefix: place.prefix } : undefined;
  }
  const folder = filesOf(file);
  const isNew = !existsSync(folder);
  const copy = createFolderBackup({ from: resolve(place.folder), to: resolve(folder) });
  try {
    await backupWithFiles(path, file, {
      overwrite,
      async addFiles(database) {
        const isComplete = await copy.add(readFileContents(database));
        if (isComplete) await copy.flush();
        return isComplete;
      },
    });
  } catch (error) {
    if (isNew) await rm(folder, { recursive: true, force: true });
    throw error;
  }
  await copy.removeOthers();
  const { files: objects, ...rest } = copy.report();
  return hasAny(file) ? { folder, objects, ...rest } : undefined;
}

function hasAny(database: string): boolean {
  for (const _ of readFileContents(database)) return true;
  return false;
}

function said(files: BackedUpFiles): string {
  if ('bucket' in files)
    return `it does not include the files, which are in the bucket ${files.bucket}${files.prefix && ` under ${files.prefix}`}`;
  const { folder, objects, bytes, missing, changed } = files;
  const damage = missing.length + changed.length;
  const problem =
    damage > 0 ? `; ${damage} are missing or changed, which \`mirage files verify --hashes\` names` : '';
  return `wrote ${folder}, ${objects} objects with ${bytes} bytes${problem}`;
}

interface Restored {
  /** What the previous database is called now. */
  aside: string | undefined;
  filesBefore?: string;
  missing?: number;
}

async function restore(file: string, path: string, place: FilesPlace | undefined): Promise<Restored> {
  const at = new Date(systemClock()).toISOString().replace(/\D/g, '');
  const suffix = `.before-restore-${at}`;
  if (place?.kind !== 'folder') return { aside: restoreDatabase(file, path, path + suffix) };
  const folder = resolve(place.folder);
  const asideAs = folder + suffix;
  const replaced = existsSync(filesOf(file))
    ? await restoreFolder(resolve(filesOf(file)), { folder, asideAs })
    : undefined;
  let aside: string | undefined;
  try {
    aside = restoreDatabase(file, path, path + suffix);
  } catch (error) {
    await replaced?.undo();
    throw error;
  }
  const missing = await countMissing(folder, readFileContents(path));
  return { aside, ...(replaced?.hadFiles && { filesBefore: asideAs }), ...(missing > 0 && { missing }) };
}
