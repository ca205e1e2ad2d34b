import type { Outputs } from '../../client/index.ts';
import { reasonOf } from '../../client/index.ts';
import { Explained } from '../failure.ts';
import { factorsText } from './factors-text.ts';

const words = factorsText.passkey;

export type RequestOptions = Outputs['auth']['startPasskeyLogin'];

/** Whether passkeys of this domain can be used on this page. */
export const canUsePasskeys = (domain: string | null | undefined): boolean =>
  domain === location.hostname && 'PublicKeyCredential' in globalThis;

/** Asks the user for a passkey. */
export async function showPasskey(options: RequestOptions) {
  const { startAuthentication } = await import('@simplewebauthn/browser');
  return startAuthentication({ optionsJSON: options }).catch(explainCeremony);
}

/** Asks the user to make a passkey. */
export async function makePasskey(options: Outputs['auth']['startPasskey']) {
  const { startRegistration } = await import('@simplewebauthn/browser');
  return startRegistration({ optionsJSON: options }).catch(explainCeremony);
}

/** Browsers do not tell why: the user may have closed the dialog, or have no passkey. */
function explainCeremony(error: unknown): never {
  const isPresent = error instanceof Error && error.name === 'InvalidStateError';
  throw new Explained(isPresent ? words.present : words.cancelled, { cause: error });
}

/** Explains refusals that only second factors know. */
export async function withReasons<Result>(call: Promise<Result>): Promise<Result> {
  try {
    return await call;
  } catch (error) {
    const reason = reasonOf(error);
    const text = reason && factorsText.reasons[reason];
    throw text === undefined ? error : new Explained(text, { cause: error });
  }
}
