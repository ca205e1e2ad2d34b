import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CommandError } from './failure.ts';

const isInteractive = () => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Asks for confirmation of a destructive command. Without a terminal, requires `yes`. */
export async function confirm(question: string, { yes }: { yes?: boolean | undefined }): Promise<void> {
  if (yes) return;
  if (!isInteractive())
    throw new CommandError(`${question} Use --yes: there is no terminal for the confirmation`);
  const answer = await ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('nothing was changed');
}

/** Prompts for a password twice without echo. */
export async function askNewPassword(): Promise<string> {
  if (!isInteractive())
    throw new CommandError('there is no terminal to prompt on: use --password-stdin or --generate');
  const password = await ask('New password: ', { hidden: true });
  if ((await ask('Repeat the password: ', { hidden: true })) !== password)
    throw new CommandError('the passwords differ; nothing was changed');
  return password;
}

async function ask(question: string, { hidden = false } = {}): Promise<string> {
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = hidden ? silence : process.stderr;
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  // Only now, because the terminal echoes input until readline controls it.
  if (hidden) process.stderr.write(question);
  // Without this, Ctrl-C or Ctrl-D would leave the promise pending for ever.
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
