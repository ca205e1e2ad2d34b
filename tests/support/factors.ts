import { generateSync } from 'otplib';
import { expect } from 'vitest';
import type { Outputs } from '../../src/client/index.ts';
import { createAuthenticator } from './authenticator.ts';
import type { Mirage } from './harness.ts';

/** What an authenticator app shows. */
export const codeAt = (secret: string, nowMs: number) =>
  generateSync({ secret, epoch: Math.floor(nowMs / 1000) });

/** How long one code is shown. */
export const stepMs = 30_000;

type Client = ReturnType<Mirage['client']>;
type Login = Outputs['auth']['login'];

/** The second step of a log-in, which must have one. */
export function stepOf(login: Login) {
  if (login.token !== null) return expect.fail('the log-in asks for no second factor');
  return login.challenge;
}

/** Sets up an authenticator app. The next code is one that has not been used. */
export async function addTotp({ auth }: Client, clock: Mirage['clock']) {
  const { secret } = await auth.startTotp.mutate({});
  const { recoveryCodes } = await auth.finishTotp.mutate({ code: codeAt(secret, clock()) });
  clock.advance(stepMs);
  return { secret, recoveryCodes: recoveryCodes ?? [], code: () => codeAt(secret, clock()) };
}

/** Adds a passkey of a new device. */
export async function addPasskey({ auth }: Client, device = createAuthenticator(), name = 'Laptop') {
  const passkey = device.make(await auth.startPasskey.mutate({}));
  const { recoveryCodes } = await auth.finishPasskey.mutate({ name, passkey });
  return { device, recoveryCodes };
}
