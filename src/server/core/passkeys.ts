import { z } from 'zod';

/** What browsers give of a passkey, as `PublicKeyCredential.toJSON()` names it; all else of it is left out. */

const base64url = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[\w-]+$/, 'is not base64url');

const credentialId = base64url(1366); // of at most 1023 bytes, says WebAuthn
const clientDataJSON = base64url(8000);

const isSame = ({ id, rawId }: { id: string; rawId: string }) => id === rawId;
const notTheSame = 'id and rawId differ';

export const madePasskey = z
  .object({
    id: credentialId,
    rawId: credentialId,
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON,
      attestationObject: base64url(32_000),
      transports: z
        .array(z.string().regex(/^[\w-]{1,20}$/))
        .max(10)
        .optional(),
    }),
  })
  .refine(isSame, notTheSame);

export const usedPasskey = z
  .object({
    id: credentialId,
    rawId: credentialId,
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON,
      authenticatorData: base64url(8000),
      signature: base64url(8000),
      userHandle: z.string().max(100).optional(),
    }),
  })
  .refine(isSame, notTheSame);
