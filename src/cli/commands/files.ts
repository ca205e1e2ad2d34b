import { type Command, InvalidArgumentError } from 'commander';
import { openStorageForCommand } from '../../server/app/files.ts';
import { systemClock } from '../../server/core/clock.ts';
import { askHolder } from '../../server/infra/bus/control-socket.ts';
import type { FileStorage } from '../../server/infra/files/file-storage.ts';
import { findAccount } from '../../server/services/accounts/accounts.ts';
import { listFiles, measureFiles } from '../../server/services/files/list-files.ts';
import { graceMs } from '../../server/services/files/sweep.ts';
import { sweepOnCommand } from '../../server/services/files/sweep-on-command.ts';
import { type FileProblem, verifyFiles } from '../../server/services/files/verify.ts';
import { type Admin, withAdmin } from '../admin.ts';
import { CommandError } from '../failure.ts';
import { note, printable, printJson, printLine, printRows } from '../output.ts';
import { confirm } from '../prompt.ts';
import { type ByName, namedRoom } from './room-argument.ts';

interface Json {
  json?: boolean;
}

/** `mirage files`: what users have shared, what it takes, whether it is all there, and removing what is in the way. */
export function addFilesCommands(program: Command): void {
  const files = program.command('files').description('files that users share: list, usage, verify, sweep');

  files
    .command('list')
    .description('list the files, of each user in order of upload')
    .option('--user <name>', 'only those that this user has uploaded')
    .option('--room <room>', 'only those uploaded for this room, by id or name')
    .option('--by-name', 'treat <room> as a name even if it is a number')
    .option('--json', 'print one JSON object per line')
    .action((options: Json & ByName & { user?: string; room?: string }) =>
      withAdmin(async (admin) => {
        const { user: owner, room } = options;
        if (owner !== undefined) await findAccount(admin, owner);
        const roomId = room === undefined ? undefined : (await namedRoom(admin, room, options)).id;
        await printRows(
          listFiles(admin, { owner, roomId }),
          {
            id: ({ id }) => id,
            user: (file) => file.owner,
            room: (file) => file.roomId,
            recipient: ({ recipient }) => recipient,
            bytes: ({ size }) => size,
            type: ({ mediaType }) => mediaType,
            uploaded: ({ createdAt }) => createdAt,
            messages: ({ messages }) => messages,
            name: ({ name }) => name,
          },
          options,
        );
      }),
    );

  files
    .command('usage')
    .description('how much is stored of the files of each user, and of all')
    .option('--top <number>', 'of how many users, those with the most first', parseTop, 20)
    .option('--json', 'print one JSON object')
    .action(({ top, json }: Json & { top: number }) =>
      withAdmin(async (admin) => {
        const usage = await measureFiles(admin, { top });
        if (json) return printJson(usage);
        const { users, all, userQuotaBytes, totalQuotaBytes } = usage;
        const rows = [
          ...users.map((user) => ({ ...user, quota: userQuotaBytes })),
          { username: '(all users)', ...all, quota: totalQuotaBytes },
        ];
        await printRows(
          rows,
          {
            user: ({ username }) => username,
            files: (row) => row.files,
            bytes: ({ bytes }) => bytes,
            quota: ({ quota }) => quota,
          },
          {},
        );
      }),
    );

  files
    .command('verify')
    .description('compare the stored bytes with the database, and name what is missing, changed or unknown')
    .option('--hashes', 'read all bytes and compare their SHA-256, too')
    .option('--json', 'print one JSON object for each problem, and one for the result')
    .action((options: Json & { hashes?: boolean }) => withStorage((admin) => verify(admin, options)));

  files
    .command('sweep')
    .description('remove what no message has, and what is stored without a record; the server may be running')
    .option('--yes', 'skip the confirmation')
    .option('--json', 'print what was removed as JSON')
    .action((options: Json & { yes?: boolean }) =>
      withStorage(async (admin) => {
        await confirm('Remove the files that no message has?', options);
        const { files, bytes, removed, missing } = await sweepOnCommand(admin);
        if (options.json) return printJson({ files, bytes, unknown: removed, missing });
        note(`removed ${files} files with ${bytes} bytes, and ${removed} unknown objects`);
        if (missing > 0) note(`${missing} objects are missing; \`mirage files verify\` names them`);
      }),
    );
}

function parseTop(given: string): number {
  const top = Number(given);
  if (!Number.isSafeInteger(top) || top < 1 || top > 10_000)
    throw new InvalidArgumentError('It must be a number from 1 to 10000.');
  return top;
}

/** As `withAdmin`, with the storage, which a running server may be using. */
function withStorage(work: (admin: Admin & { storage: FileStorage }) => Promise<void>): Promise<void> {
  return withAdmin(async (admin) => {
    const storage = await openStorageForCommand(admin);
    if (!storage) throw new CommandError('FILES_URL is off: there are no files');
    await work({ ...admin, storage }).finally(() => storage.close());
  });
}

async function verify(
  admin: Admin & { storage: FileStorage },
  { hashes = false, json }: Json & { hashes?: boolean },
): Promise<void> {
  const { databasePath } = admin;
  const isIdle = databasePath !== undefined && !(await askHolder(databasePath, { do: 'status' }));
  const { problems, objects, recent } = await verifyFiles(admin, {
    hashes,
    storedUntil: systemClock() - (isIdle ? 0 : graceMs),
    onProblem: (problem) => (json ? printJson({ problem }) : printLine(lineOf(problem))),
  });
  if (json) await printJson({ objects, recent, problems });
  else if (problems === 0) note(`${objects} objects are as they should be`);
  if (problems > 0) throw new CommandError(`${problems} objects are missing, changed or unknown`);
}

const lineOf = ({ problem, key, owner, names = [] }: FileProblem): string =>
  [problem, key, ...(owner === undefined ? [] : [owner]), ...names].map(printable).join('  ');
