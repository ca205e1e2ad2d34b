import { useState } from 'react';
import { createMirageClient } from '../../client/index.ts';
import { base } from '../base.ts';
import { explain } from '../failure.ts';
import { Notice } from '../ui/field.tsx';
import { enter } from './account.ts';
import { deviceName } from './device.ts';
import { factorsText } from './factors-text.ts';
import { canUsePasskeys, showPasskey, withReasons } from './passkey.ts';
import { usePasskeyDomain } from './use-passkey-domain.ts';

/** Logs in with a passkey in place of name and password, where that can be. */
export function PasskeyButton() {
  const domain = usePasskeyDomain();
  const [error, setError] = useState<unknown>();
  if (!canUsePasskeys(domain)) return null;

  async function logIn(): Promise<void> {
    const { auth } = createMirageClient({ url: base.href });
    const device = deviceName();
    setError(undefined);
    try {
      const passkey = await showPasskey(await withReasons(auth.startPasskeyLogin.mutate()));
      await enter(await withReasons(auth.finishPasskeyLogin.mutate({ passkey, ...(device && { device }) })));
    } catch (cause) {
      setError(cause);
    }
  }

  return (
    <>
      {error !== undefined && <Notice kind="error">{explain(error)}</Notice>}
      <p className="auth-switch">
        <button type="button" className="button button-quiet" onClick={() => void logIn()}>
          {factorsText.passkey.logIn}
        </button>
      </p>
    </>
  );
}
