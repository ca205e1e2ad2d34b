const periodSeconds = 30;

/** Loaded when it is first needed: few users have an authenticator app. */
const library = () => import('otplib');

/** 160 random bits in base32. */
export async function newTotpSecret(): Promise<string> {
  return (await library()).generateSecret();
}

/** What an authenticator app reads from a QR code. */
export async function totpUri({
  secret,
  site,
  username,
}: {
  secret: string;
  site: string;
  username: string;
}): Promise<string> {
  return (await library()).generateURI({ issuer: site, label: username, secret });
}

interface Given {
  secret: string;
  code: string;
  nowMs: number;
  /** Codes up to that of this time step count no more. */
  afterStep: number;
}

/** The time step that the code belongs to: the present one, the one before or the one after. Undefined for a wrong code. */
export async function stepOfCode({ secret, code, nowMs, afterStep }: Given): Promise<number | undefined> {
  const now = Math.floor(nowMs / 1000);
  // The library throws where no step is left to compare with.
  if (afterStep > Math.floor(now / periodSeconds)) return undefined;
  const { verifySync } = await library();
  const result = verifySync({
    secret,
    token: code,
    epoch: now,
    epochTolerance: periodSeconds,
    afterTimeStep: afterStep,
  });
  return result.valid && 'timeStep' in result ? result.timeStep : undefined;
}
