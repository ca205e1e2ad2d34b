import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** What of each model holds the name of a user. What is added here must be removed or renamed in `services/departures` as well. */
const named = {
  User: ['username'],
  LinkToken: ['username'],
  Mail: ['username'],
  Departure: ['username'],
  Export: ['username'],
  Session: ['username'],
  Totp: ['username'],
  Passkey: ['username'],
  RecoveryCode: ['username'],
  LoginChallenge: ['username'],
  Identity: ['username'],
  OidcLogin: ['username'],
  Room: ['createdBy'],
  RoomMember: ['username'],
  RoomBan: ['username', 'bannedBy'],
  RoomPin: ['pinnedBy'],
  RoomInvite: ['createdBy'],
  InboxMessage: ['sender', 'recipient', 'reactions'],
  InboxDeletedKey: ['sender'],
  InboxConversation: ['username', 'peer'],
  InboxChange: ['username', 'peer', 'reader'],
  UserBlock: ['username', 'blocked'],
  InboxSearchPart: ['username'],
  InboxSearchRemoval: ['sender', 'recipient'],
  KeptMessage: ['username', 'mentions', 'reactions'],
  KeptChange: ['username'],
  FileContent: ['owner'],
  File: ['owner', 'recipient'],
  FileUsage: ['owner'],
  ImportedRoomMessage: ['username'],
};

it('knows every column with a name of a user', () => {
  const models = readFileSync('prisma/models.prisma', 'utf8').matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm);
  const found = [...models].flatMap(([, model = '', body = '']) => {
    const fields = [...body.matchAll(/^ {2}(\w+) +String\b/gm)].map(([, field = '']) => field);
    const names = fields.filter((field) =>
      /^(user(name)?|owner|sender|recipient|peer|reader|blocked|mentions|reactions)$|[a-z](By|Of|To)$/.test(
        field,
      ),
    );
    return names.length > 0 ? [[model, names] as const] : [];
  });
  expect(Object.fromEntries(found)).toEqual(named);
});
