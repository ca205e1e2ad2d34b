import type { TRPCClientError } from '@trpc/client';
import { expectTypeOf, it } from 'vitest';
import type { AppRouter, Inputs, MirageClient, Outputs, Reason, reasonOf } from '../../src/client/index.ts';

/** What the procedures give, all in one union. */
type AnyOutput = { [R in keyof Outputs]: Outputs[R][keyof Outputs[R]] }[keyof Outputs];

/** The names of all fields in a type, however deep. */
type FieldOf<T> = T extends readonly (infer Item)[]
  ? FieldOf<Item>
  : T extends object
    ? { [K in keyof T & string]-?: K | FieldOf<T[K]> }[keyof T & string]
    : never;

it('contains no hash and no password in any output', () => {
  // The walk finds what lies deep, or it would prove nothing.
  expectTypeOf<'avatarUrl'>().toExtend<FieldOf<AnyOutput>>();
  expectTypeOf<FieldOf<{ a: { passwordHash: string }[] }>>().toEqualTypeOf<'a' | 'passwordHash'>();

  type Secret = Extract<FieldOf<AnyOutput>, `${string}${'assword' | 'Hash' | 'hash'}${string}`>;
  expectTypeOf<Secret>().toEqualTypeOf<'hasPassword'>(); // which is true or false
  expectTypeOf<Outputs['auth']['listOidc']['hasPassword']>().toEqualTypeOf<boolean>();
  type Newcomer = Extract<Outputs['auth']['finishOidc'], { status: 'new' }>;
  expectTypeOf<Newcomer['hasPassword']>().toEqualTypeOf<boolean>();
});

it('contains a token only in the outputs of what logs in and of createToken', () => {
  type TokenGivers = {
    [P in keyof Outputs['auth']]: 'token' extends FieldOf<Outputs['auth'][P]> ? P : never;
  }[keyof Outputs['auth']];
  type LogIns = 'login' | 'finishLogin' | 'finishPasskeyLogin' | 'finishOidc' | 'registerOidc';
  // Setting up a second factor ends with a log-in where it is required.
  expectTypeOf<TokenGivers>().toEqualTypeOf<LogIns | 'createToken' | 'finishTotp' | 'finishPasskey'>();
  expectTypeOf<Extract<FieldOf<Outputs['users' | 'inbox']>, 'token'>>().toEqualTypeOf<never>();
});

it('has the input types of procedures', () => {
  expectTypeOf<Inputs['auth']['register']>().toEqualTypeOf<{
    username: string;
    email: string;
    password: string;
    avatarUrl?: string | undefined;
    description?: string | undefined;
  }>();
  expectTypeOf<Inputs['auth']['login']>().toEqualTypeOf<{
    username: string;
    password: string;
    device?: string | undefined;
  }>();
  expectTypeOf<Inputs['chat']['sendMessage']>().toEqualTypeOf<{
    roomId: number;
    text: string;
    attachments?: string[] | undefined;
    replyTo?: string | undefined;
    clientId?: string | undefined;
  }>();
  expectTypeOf<Inputs['chat']['createRoom']>().toEqualTypeOf<{
    name: string;
    password?: string | undefined;
    topic?: string | undefined;
    description?: string | undefined;
    history?: 'ephemeral' | 'kept' | undefined;
  }>();
  expectTypeOf<undefined>().toExtend<Inputs['inbox']['listMessages']>();
  expectTypeOf<{ roomId: string }>().not.toExtend<Inputs['chat']['listMessages']>();
});

it('has the output types of procedures as JSON: dates are strings', () => {
  expectTypeOf<Outputs['auth']['me']>().toEqualTypeOf<{
    username: string;
    email: string;
    emailVerified: boolean;
    pendingEmail: string | null;
    resetMailedAt: string | null;
    avatarUrl: string | null;
    description: string;
    createdAt: string;
    isBot?: true;
  }>();
  expectTypeOf<Outputs['users']['count']>().toEqualTypeOf<number>();
  expectTypeOf<Outputs['users']['get']>().not.toHaveProperty('email');
  expectTypeOf<Outputs['inbox']['listMessages']['nextCursor']>().toEqualTypeOf<number | null>();
  expectTypeOf<Outputs['inbox']['listMessages']['messages'][number]>().toEqualTypeOf<{
    id: number;
    sender: string;
    recipient: string;
    text: string;
    createdAt: string;
    editedAt: string | null;
    replyTo: { id: number; sender: string; text: string } | { id: number; deleted: true } | null;
    reactions: { emoji: string; users: string[] }[];
    avatarUrl: string | null;
    read: boolean;
    clientId?: string;
    attachments?: {
      id: string;
      name: string;
      size: number;
      mediaType: string;
      width?: number;
      height?: number;
      durationMs?: number;
      placeholder?: string;
      url: string;
      previewUrl?: string;
      largePreviewUrl?: string;
    }[];
    isBot?: true;
  }>();
  expectTypeOf<Outputs['chat']['listPublicRooms'][number]>().toEqualTypeOf<{
    id: number;
    name: string;
    joined: boolean;
  }>();
  expectTypeOf<Outputs['chat']['listMembers'][number]>().toEqualTypeOf<{
    username: string;
    joinedAt: string;
  }>();
});

it('offers either a query or a mutation for each procedure', () => {
  expectTypeOf<MirageClient['auth']['login']>().toHaveProperty('mutate');
  expectTypeOf<MirageClient['auth']['login']>().not.toHaveProperty('query');
  expectTypeOf<MirageClient['auth']['me']>().toHaveProperty('query');
  expectTypeOf<MirageClient['auth']['me']>().not.toHaveProperty('mutate');
});

it('types the reasons of errors', () => {
  type Data = NonNullable<TRPCClientError<AppRouter>['data']>;
  expectTypeOf<Data['reason']>().toEqualTypeOf<Reason>();
  expectTypeOf<string>().not.toExtend<Reason>();
  expectTypeOf<'USERNAME_TAKEN' | 'NOT_A_MEMBER' | 'TOO_MANY_REQUESTS'>().toExtend<Reason>();
  expectTypeOf<typeof reasonOf>().returns.toEqualTypeOf<Reason | undefined>();
});
