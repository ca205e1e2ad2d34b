import { hash, randomInt } from 'node:crypto';
import type { Deps } from '../shared/deps.ts';

const howMany = 10;

/** Letters and digits that are not confused: 5 bits each, and 80 in a code, so that an unsalted fast hash is safe. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz023456789';
const groups = 4;
const groupLength = 4;

const newGroup = () =>
  Array.from({ length: groupLength }, () => alphabet[randomInt(alphabet.length)]).join('');
const newCode = () => Array.from({ length: groups }, newGroup).join('-');

/** However it was typed. */
const hashOf = (code: string) => hash('sha256', code.toLowerCase().replace(/[\s-]/g, ''), 'hex');

/** Makes ten new codes, which are shown this once; those from before end. */
export async function replaceRecoveryCodes(
  tx: Pick<Deps['db'], 'recoveryCode'>,
  username: string,
): Promise<string[]> {
  const codes = Array.from({ length: howMany }, newCode);
  await tx.recoveryCode.deleteMany({ where: { username } });
  await tx.recoveryCode.createMany({ data: codes.map((code) => ({ username, codeHash: hashOf(code) })) });
  return codes;
}

const whichIs = (username: string, code: string) => ({ username, codeHash: hashOf(code) });

export async function isRecoveryCode(
  { db }: Pick<Deps, 'db'>,
  username: string,
  code: string,
): Promise<boolean> {
  return (await db.recoveryCode.count({ where: whichIs(username, code) })) === 1;
}

/** Of two at the same time, one resolves to true. */
export async function takeRecoveryCode(
  tx: Pick<Deps['db'], 'recoveryCode'>,
  username: string,
  code: string,
): Promise<boolean> {
  return (await tx.recoveryCode.deleteMany({ where: whichIs(username, code) })).count === 1;
}
