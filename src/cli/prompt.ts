import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CommandError } from './failure.ts';

const isInteractive = () => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Asks before something is destroyed. Without a terminal nobody can be asked, and only `yes` will do. */
export async function confirm(question: string, { yes }: { yes?: boolean | undefined }): Promise<void> {
  if (yes) return;
  if (!isInteractive()) throw new CommandError(`${question} Say --yes: there is no terminal to ask on`);
  const answer = await ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('nothing was changed');
}

/** A password typed twice without being shown. */
export async function askNewPassword(): Promise<string> {
  if (!isInteractive())
    throw new CommandError('there is no terminal to ask on: use --password-stdin or --generate');
  const password = await ask('New password: ', { hidden: true });
  if ((await ask('Once more: ', { hidden: true })) !== password)
    throw new CommandError('these were two different passwords; nothing was changed');
  return password;
}

async function ask(question: string, { hidden = false } = {}): Promise<string> {
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = hidden ? silence : process.stderr;
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  // Not before: until the terminal is taken over, it shows what is typed.
  if (hidden) process.stderr.write(question);
  // Otherwise a question that is left with Ctrl-C or Ctrl-D would never be answered.
  const left = new Promise<never>((_, reject) => {
    lines.once('close', () => reject(new CommandError('nothing was changed')));
  });
  try {
    return await Promise.race([lines.question(hidden ? '' : question), left]);
  } finally {
    left.catch(() => {});
    lines.close();
    if (hidden) process.stderr.write('\n');
  }
}
