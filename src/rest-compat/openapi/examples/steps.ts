/** A request as it goes over the wire. Templates: `{{ada}}` is a token, `{{i}}` counts repetitions, `{{repeat:x:9}}` repeats. */
export interface WireRequest {
  method: 'GET' | 'POST';
  /** With its query. */
  path: string;
  headers?: Record<string, string>;
  /** The body, of one kind or another. */
  json?: unknown;
  text?: string;
  base64?: string;
}

/** A request of a step, which succeeds. */
export interface StepRequest extends WireRequest {
  times?: number;
  /** What of the answer later requests refer to: the name of a template, and the field. */
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

/** What a fresh server can be brought to by. */
export const steps = {
  /** She has an account and is logged in; likewise bob. */
  ada: person('ada'),
  bob: person('bob'),
  /** ada makes a public room; on a fresh server it has the id 1. */
  general: [room({ room_name: 'general' }, 'ada')],
  /** ada makes a private room. */
  vault: [room({ room_name: 'vault', is_private: true, password: 'open sesame' }, 'ada')],
  bobJoins: [post('join_room', { name: 'general' }, 'bob')],
  adaSpeaks: [post('send_room_message', { room_id: 1, message: 'hello' }, 'ada')],
  /** bob writes to ada; on a fresh server the message has the id 1. */
  letter: [post('send_inbox_message', { recipient: 'ada', message: 'psst' }, 'bob')],
  /** As many public rooms as there may be. */
  allRooms: [{ ...room({ room_name: 'room {{i}}' }, 'ada'), times: 5 }],
  /** As many of each as there may be before the limits on tries and on sending refuse more. */
  allAccounts: [
    {
      ...post('register', { username: 'user {{i}}', email: '{{i}}@example.com', password: 'x' }),
      times: 20,
      status: 201,
    },
  ],
  allLogins: [{ ...post('login', { username: 'ada', password: 'guess {{i}}' }), times: 10, status: 401 }],
  allGuesses: [
    { ...post('join_room', { name: 'vault', password: 'guess {{i}}' }, 'bob'), times: 10, status: 403 },
  ],
  allMessages: [{ ...post('send_inbox_message', { recipient: 'ada', message: '{{i}}' }, 'ada'), times: 600 }],
} as const satisfies Record<string, StepRequest[]>;

export type StepName = keyof typeof steps;
