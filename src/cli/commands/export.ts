import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { openStorageForCommand } from '../../server/app/files.ts';
import { cleanFileName } from '../../server/core/file-names.ts';
import type { FileStorage } from '../../server/infra/files/file-storage.ts';
import { exportUser } from '../../server/services/operations/personal-data.ts';
import { type Admin, withAdmin } from '../admin.ts';
import { CommandError } from '../failure.ts';
import { note, printable, printLine } from '../output.ts';

export function addExportCommand(program: Command): void {
  program
    .command('export <name>')
    .description('export all data of one user, without secrets, as one JSON document')
    .option('--files <folder>', 'also write what the user has uploaded to this folder')
    .action((username: string, { files: folder }: { files?: string }) =>
      withAdmin(async (admin) => {
        const { facts, inboxMessages, files } = await exportUser(admin, username);
        const storage = folder === undefined ? undefined : await openStorage(admin);
        const write = storage && folder !== undefined ? writerTo(folder, storage) : undefined;
        try {
          // Streamed, so that an inbox of any length needs little memory.
          await printLine(`${JSON.stringify(facts).slice(0, -1)},"inboxMessages":[`);
          await printItems(inboxMessages, (message) => message);
          await printLine('],"files":[');
          await printItems(files, async ({ key, file }) => ({
            ...file,
            ...(write && { path: await write(key, file) }),
          }));
          await printLine(']}');
        } finally {
          await storage?.close();
        }
      }),
    );
}

async function printItems<Item>(
  items: AsyncIterable<Item>,
  toPrinted: (item: Item) => object | Promise<object>,
): Promise<void> {
  let separator = '';
  for await (const item of items) {
    await printLine(separator + JSON.stringify(await toPrinted(item)));
    separator = ',';
  }
}

async function openStorage(admin: Admin): Promise<FileStorage> {
  const storage = await openStorageForCommand(admin);
  if (!storage) throw new CommandError('FILES_URL is off: there are no files');
  return storage;
}

/** Each file in a folder of its own, since names can be equal. Gives the path within `folder`; null if the bytes are missing. */
const writerTo =
  (folder: string, storage: FileStorage) => async (key: string, file: { id: string; name: string }) => {
    const bytes = await storage.open(key);
    if (!bytes) {
      note(`the file ${file.id}, ${printable(file.name)}, is missing from the storage`);
      return null;
    }
    const path = join(file.id, cleanFileName(file.name));
    await mkdir(join(folder, file.id), { recursive: true, mode: 0o700 });
    await pipeline(bytes, createWriteStream(join(folder, path), { mode: 0o600 }));
    return path;
  };
