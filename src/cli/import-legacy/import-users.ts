import { hash } from 'node:crypto';
import { type ImportContext, optionalColumns, quote } from './import-context.ts';
import { cleanText, isKeepable, prismaTime, rawText, shortName, storedTime, type Value } from './values.ts';

interface LegacyUser {
  id: number;
  username: Value;
  email: Value;
  avatar_url: Value;
  description: Value;
  password: Value;
  token: Value;
  created_at: Value;
}

/** Imports accounts with their unchanged password hashes, and their current tokens as sessions. */
export async function importUsers(context: ImportContext): Promise<void> {
  const { legacy, target, ledger, names, report, batches, nowMs, sessionTtlMs } = context;
  const rows = legacy.prepare<[], LegacyUser>(`
    SELECT id, username, email, password, ${optionalColumns(legacy, 'users', 'avatar_url', 'description', 'token', 'created_at')}
    FROM users ORDER BY id`);
  const nameOf = target.prepare<[number], string>('SELECT username FROM users WHERE id = ?').pluck();
  const isDisabled = target
    .prepare('SELECT 1 FROM users WHERE username = ? AND disabled_at IS NOT NULL')
    .pluck();
  const isIdTaken = target.prepare('SELECT 1 FROM users WHERE id = ?').pluck();
  const aliasOf = target.prepare<[string], string>('SELECT alias FROM departures WHERE username = ?').pluck();
  const isEmailTaken = target.prepare('SELECT 1 FROM users WHERE email = ?').pluck();
  const addUser = target.prepare(`
    INSERT INTO users (id, username, email, avatar_url, description, password, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)`);
  const addSession = target.prepare(`
    INSERT OR IGNORE INTO sessions (token_hash, username, created_at, expires_at) VALUES (?, ?, ?, ?)`);

  /** Returns the name of the account in Mirage; undefined for one that was imported before and has been deleted since. */
  function importUser(user: LegacyUser): string | undefined {
    const legacyName = rawText(user.username);
    const entry = ledger.entry('user', user.id, legacyName, rawText(user.created_at));
    const before = entry.before?.target == null ? undefined : nameOf.get(entry.before.target);
    if (before !== undefined) {
      if (before !== legacyName)
        report.conflict('users', user.id, `${quote(legacyName)} is ${quote(before)} here`);
      report.skipped('users', 'imported before');
      return before;
    }
    if (entry.before?.target != null) {
      report.skipped('users', 'deleted here since');
      return undefined;
    }
    const wanted = shortName(cleanText(user.username)) || `user-${user.id}`;
    const name = names.freeName(wanted);
    if (name !== legacyName)
      report.conflict(
        'users',
        user.id,
        `the name ${quote(legacyName)} ${name === wanted ? 'cannot be used' : 'is taken'}; imported as ${quote(name)}`,
      );
    const wantedEmail = cleanText(user.email);
    const email = freeEmail(wantedEmail);
    if (email !== wantedEmail)
      report.conflict(
        'users',
        user.id,
        `the e-mail address ${quote(wantedEmail)} of ${quote(name)} is taken; imported with ${quote(email)}`,
      );
    const id = isKeepable(user.id) && isIdTaken.get(user.id) === undefined ? user.id : null;
    const { lastInsertRowid } = addUser.run(
      id,
      name,
      email,
      cleanText(user.avatar_url),
      cleanText(user.description),
      rawText(user.password),
      storedTime(user.created_at),
    );
    entry.record(Number(lastInsertRowid));
    report.imported('users');
    return name;
  }

  /** A suffixed address is no longer usable, which is better than one that belongs to somebody else. */
  function freeEmail(wanted: string): string {
    let email = wanted;
    for (let number = 2; isEmailTaken.get(email) !== undefined; number += 1) email = `${wanted} (${number})`;
    return email;
  }

  function importToken({ id, token: value }: LegacyUser, username: string): void {
    const token = rawText(value);
    if (token === '') return;
    report.read('sessions');
    const reason = addSessionOf(id, token, username);
    if (reason === undefined) report.imported('sessions');
    else report.skipped('sessions', reason);
  }

  /** Returns the reason if the session was not added. */
  function addSessionOf(userId: number, token: string, username: string): string | undefined {
    const entry = ledger.entry('session', userId, token);
    if (entry.before) return 'imported before';
    if (isDisabled.get(username) !== undefined) return 'the account has been disabled here';
    const { changes } = addSession.run(
      hash('sha256', token, 'hex'),
      username,
      prismaTime(nowMs),
      prismaTime(nowMs + sessionTtlMs),
    );
    if (changes === 0) return 'another session has the same token';
    entry.record(null);
    return undefined;
  }

  await batches.each(rows.iterate(), (user) => {
    report.read('users');
    const name = importUser(user);
    const alias = name ?? aliasOf.get(rawText(user.username));
    if (alias !== undefined) names.add(rawText(user.username), alias);
    if (name !== undefined) importToken(user, name);
  });
}
