import { z } from 'zod';
import { optional } from './optional.ts';

const knownPasskeys = z.array(
  z.object({ id: z.string(), type: z.literal('public-key'), transports: optional(z.array(z.string())) }),
);

/** What `navigator.credentials.get` takes, as JSON. */
export const requestOptions = z.object({
  challenge: z.string(),
  timeout: z.number(),
  rpId: z.string(),
  allowCredentials: knownPasskeys,
  userVerification: z.enum(['required', 'preferred']),
});

/** What `navigator.credentials.create` takes, as JSON. */
export const creationOptions = z.object({
  challenge: z.string(),
  rp: z.object({ name: z.string(), id: z.string() }),
  user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
  pubKeyCredParams: z.array(z.object({ alg: z.number(), type: z.literal('public-key') })),
  timeout: z.number(),
  excludeCredentials: knownPasskeys,
  authenticatorSelection: z.object({
    residentKey: z.literal('preferred'),
    userVerification: z.literal('preferred'),
  }),
  attestation: z.literal('none'),
});

export const opened = z.object({ token: z.string(), username: z.string() });

const secondStep = z.object({
  username: z.string(),
  token: z.null(),
  challenge: z.object({
    token: z.string(),
    expiresInMs: z.number(),
    methods: z.array(z.enum(['totp', 'passkey', 'recovery'])),
    passkey: requestOptions.nullable(),
  }),
});

/** The token of a session, or what has still to be shown. */
export const loggedIn = z.union([opened, secondStep]);

export const factors = z.object({
  totp: z.object({ createdAt: z.date() }).nullable(),
  passkeys: z.array(
    z.object({
      id: z.number(),
      name: z.string(),
      createdAt: z.date(),
      lastUsedAt: z.date().nullable(),
    }),
  ),
  recoveryCodesLeft: z.number(),
  changedAt: z.date().nullable(),
  /** Whether every account of the server needs one. */
  required: z.boolean(),
});

export const newTotp = z.object({ secret: z.string(), uri: z.string() });

export const setUp = z.object({
  recoveryCodes: z.array(z.string()).nullable(),
  token: z.string().nullable(),
  username: z.string(),
});

export const recoveryCodes = z.object({ recoveryCodes: z.array(z.string()) });

export const waysToConfirm = z.object({
  methods: z.array(z.enum(['password', 'code', 'passkey'])),
  passkey: requestOptions.nullable(),
});
