import { formOf } from './form.ts';

/** An HTTP request. Templates: `{{ada}}` is a token, `{{i}}` the number of the repetition, `{{repeat:x:9}}` repeated text. */
export interface WireRequest {
  method: 'GET' | 'POST';
  /** Including the query. */
  path: string;
  headers?: Record<string, string>;
  /** The body, in one of three forms. */
  json?: unknown;
  text?: string;
  base64?: string;
}

/** A request of a step; it must succeed. */
export interface StepRequest extends WireRequest {
  times?: number;
  /** Fields of the response for later requests, by template name. */
  capture?: Record<string, string>;
  status: number;
}

export type Person = 'ada' | 'bob';

const json = { 'Content-Type': 'application/json' };

const post = (path: string, body: Record<string, unknown>, as?: Person): StepRequest => ({
  method: 'POST',
  path: `/api/${path}`,
  headers: { ...json, ...(as && { Authorization: `{{${as}}}` }) },
  json: body,
  status: 200,
});

/** A call of the typed API, for what the legacy API has no path for. */
const call = (procedure: string, input: Record<string, unknown>, as: Person): StepRequest => ({
  ...post('', input, as),
  path: `/trpc/${procedure}`,
});

const person = (username: Person): StepRequest[] => [
  {
    ...post('register', { username, email: `${username}@example.com`, password: `password of ${username}` }),
    status: 201,
  },
  {
    ...post('login', { username, password: `password of ${username}` }),
    capture: { [username]: 'token' },
  },
];

const room = (fields: Record<string, unknown>, as: Person): StepRequest => ({
  ...post('create_room', fields, as),
  status: 201,
});

/** A key that `adaUsesKey` and `bobUsesKey` have used for other requests than the examples. */
export const usedKey = 'b1946ac9';

const withKey = ({ headers, ...request }: StepRequest): StepRequest => ({
  ...request,
  headers: { ...headers, 'Idempotency-Key': usedKey },
});

const upload = (fields: Record<string, unknown>, as: Person): StepRequest => {
  const { headers, text } = formOf(fields);
  const { json: _, ...request } = post('upload_file', {}, as);
  return { ...request, headers: { ...request.headers, ...headers }, text };
};

/** Once for messages of each kind, for files, and for everything else. */
const usesKey = (person: Person): StepRequest[] => [
  withKey({ ...room({ room_name: `room of ${person}` }, person), capture: { own_room: 'room_id' } }),
  withKey(post('send_inbox_message', { recipient: person, message: 'note to myself' }, person)),
  withKey(post('send_room_message', { room_id: '{{own_room}}', message: 'echo' }, person)),
  withKey(upload({ file: 'echo', room_id: '{{own_room}}' }, person)),
];

/** Requests that prepare a new server for an example. */
export const steps = {
  /** ada registers and logs in; likewise bob. */
  ada: person('ada'),
  bob: person('bob'),
  /** ada creates a public room; on a new server its id is 1. */
  general: [room({ room_name: 'general' }, 'ada')],
  /** ada creates a private room. */
  vault: [room({ room_name: 'vault', is_private: true, password: 'open sesame' }, 'ada')],
  bobJoins: [post('join_room', { name: 'general' }, 'bob')],
  bobSpeaks: [post('send_room_message', { room_id: 1, message: 'hello' }, 'bob')],
  /** In the first room. */
  adaBansBob: [call('chat.removeMember', { roomId: 1, username: 'bob', ban: true }, 'ada')],
  slowMode: [call('chat.updateRoom', { roomId: 1, slowModeSeconds: 60 }, 'ada')],
  adaSpeaks: [post('send_room_message', { room_id: 1, message: 'hello' }, 'ada')],
  /** bob sends ada a private message; on a new server its id is 1. */
  bobWrites: [post('send_inbox_message', { recipient: 'ada', message: 'psst' }, 'bob')],
  /** ada uses an Idempotency-Key; likewise bob. */
  adaUsesKey: usesKey('ada'),
  bobUsesKey: usesKey('bob'),
  /** The maximum number of public rooms. */
  allRooms: [{ ...room({ room_name: 'room {{i}}' }, 'ada'), times: 5 }],
  /** As many attempts of each kind as the rate limits allow. */
  allAccounts: [
    {
      ...post('register', { username: 'user {{i}}', email: '{{i}}@example.com', password: 'x' }),
      times: 60,
      status: 201,
    },
  ],
  allLogins: [{ ...post('login', { username: 'ada', password: 'guess {{i}}' }), times: 10, status: 401 }],
  allGuesses: [
    { ...post('join_room', { name: 'vault', password: 'guess {{i}}' }, 'bob'), times: 10, status: 403 },
  ],
  allFiles: [{ ...upload({ file: 'hello', room_id: 1 }, 'ada'), times: 120 }],
  allMessages: [{ ...post('send_inbox_message', { recipient: 'ada', message: '{{i}}' }, 'ada'), times: 600 }],
} as const satisfies Record<string, StepRequest[]>;

export type StepName = keyof typeof steps;
