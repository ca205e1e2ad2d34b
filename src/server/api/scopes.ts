import { z } from 'zod';
import { chatRouter } from './chat.ts';
import { inboxRouter } from './inbox.ts';
import { scopeOf } from './scope.ts';
import { serverRouter } from './server.ts';
import { usersRouter } from './users.ts';

/** The routers whose procedures access tokens may call: all but `auth`. */
const routers = { users: usersRouter, inbox: inboxRouter, chat: chatRouter, server: serverRouter };

type Routers = typeof routers;

type Access<Procedure> = Procedure extends { _def: { type: 'mutation' } } ? 'write' : 'read';

type AccessOf<Record> = { [Name in keyof Record]: Access<Record[Name]> }[keyof Record];

/** What an access token may be allowed to call. */
export type Scope = {
  [Name in keyof Routers]: `${Name}:${AccessOf<Routers[Name]['_def']['record']>}`;
}[keyof Routers];

/** All scopes, in alphabetical order. */
export const scopes = [
  ...new Set(
    Object.entries(routers).flatMap(([name, { _def }]) =>
      Object.entries(_def.procedures).map(
        ([
          procedure,
          {
            _def: { type },
          },
        ]) => scopeOf(`${name}.${procedure}`, type),
      ),
    ),
  ),
].sort() as Scope[]; // safe: the type is derived from the same procedures

export const scope = z.enum(scopes);
