import { useState } from 'react';
import { createMirageClient } from '../../client/index.ts';
import { base } from '../base.ts';
import { explain } from '../failure.ts';
import { Notice } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { enter, type PendingLogin } from './account.ts';
import { factorsText } from './factors-text.ts';
import { canUsePasskeys, showPasskey, withReasons } from './passkey.ts';
import { RecoveryCodes } from './recovery-codes.tsx';
import { CodeField, type SetUp, SetUpApp, SetUpPasskey } from './set-up-factor.tsx';
import { usePasskeyDomain } from './use-passkey-domain.ts';

const words = factorsText.step;

/** What comes after the password. */
export function SecondStep({ login, onBack }: { login: PendingLogin; onBack(): void }) {
  return (
    <>
      {login.challenge.methods.length === 0 ? <RequiredSetUp {...login} /> : <ShowFactor {...login} />}
      <p className="auth-switch">
        <button type="button" className="button-link" onClick={onBack}>
          {words.back}
        </button>
      </p>
    </>
  );
}

const newClient = () => createMirageClient({ url: base.href });

function ShowFactor({ challenge: { token: challenge, methods, passkey } }: PendingLogin) {
  const [error, setError] = useState<unknown>();
  const { auth } = newClient();
  const canUse = passkey !== null && canUsePasskeys(passkey.rpId);

  async function askForPasskey(): Promise<void> {
    if (!passkey) return;
    setError(undefined);
    try {
      const shown = await showPasskey(passkey);
      await enter(await withReasons(auth.finishLogin.mutate({ challenge, passkey: shown })));
    } catch (cause) {
      setError(cause);
    }
  }

  return (
    <>
      {error !== undefined && <Notice kind="error">{explain(error)}</Notice>}
      {canUse && (
        <button type="button" className="button button-quiet" onClick={() => void askForPasskey()}>
          {words.usePasskey}
        </button>
      )}
      <Form
        submit={words.submit}
        busy={words.busy}
        onSubmit={async ({ code = '' }) =>
          enter(await withReasons(auth.finishLogin.mutate({ challenge, code })))
        }
      >
        <CodeField label={words.code} hint={methods.includes('totp') ? words.hintCode : words.hintRecovery} />
      </Form>
    </>
  );
}

/** Where a second factor is required, there is no way around setting one up. */
function RequiredSetUp({ username, challenge: { token: challenge } }: PendingLogin) {
  const [way, setWay] = useState<'app' | 'passkey'>();
  const [done, setDone] = useState<SetUp>();
  const domain = usePasskeyDomain();
  const [client] = useState(newClient);
  if (done?.recoveryCodes)
    return <RecoveryCodes username={username} codes={done.recoveryCodes} onDone={() => void goOn(done)} />;
  const common = {
    client,
    challenge,
    onDone: (setUp: SetUp) => (setUp.recoveryCodes ? setDone(setUp) : goOn(setUp)),
  };
  if (way === 'app') return <SetUpApp {...common} />;
  if (way === 'passkey') return <SetUpPasskey {...common} />;
  return (
    <>
      <p className="hint">{factorsText.setUp.requiredHint}</p>
      <div className="form-fields">
        <button type="button" className="button button-primary" onClick={() => setWay('app')}>
          {factorsText.setUp.app}
        </button>
        {canUsePasskeys(domain) && (
          <button type="button" className="button button-quiet" onClick={() => setWay('passkey')}>
            {factorsText.setUp.passkey}
          </button>
        )}
      </div>
    </>
  );
}

async function goOn({ token, username }: SetUp): Promise<void> {
  if (token !== null) await enter({ token, username });
}
