import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { Outputs } from '../../client/index.ts';
import { factorsText } from '../account/factors-text.ts';
import { canUsePasskeys, withReasons } from '../account/passkey.ts';
import { RecoveryCodes } from '../account/recovery-codes.tsx';
import { type SetUp, SetUpApp, SetUpPasskey } from '../account/set-up-factor.tsx';
import { explain } from '../failure.ts';
import { refresh } from '../session/refresh.ts';
import { useServerInfo } from '../session/server-info.ts';
import { useSession } from '../session/session.ts';
import { text } from '../text.ts';
import { Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { KeyIcon } from '../ui/icons.tsx';
import { BriefTime, formatDate } from '../ui/time.tsx';
import { needsProof, useProof } from './use-proof.tsx';

const words = factorsText.settings;
const queryKey = ['factors'];

type Doing = 'app' | 'passkey';

/** Lists the second factors of the user, sets them up and removes them. */
export function SecondFactors() {
  const { client, username } = useSession();
  const queries = useQueryClient();
  const factors = useQuery({ queryKey, queryFn: () => client.auth.listFactors.query() });
  const domain = useServerInfo()?.passkeyDomain;
  const [doing, setDoing] = useState<Doing>();
  const [codes, setCodes] = useState<string[]>();
  const [error, setError] = useState<unknown>();
  const { proved, dialog } = useProof();

  async function run(action: () => Promise<void>): Promise<void> {
    setError(undefined);
    try {
      await proved(() => withReasons(action()));
    } catch (cause) {
      if (!needsProof(cause)) setError(cause);
    } finally {
      await refresh(queries, queryKey);
    }
  }
  const begin = (what: Doing) =>
    run(async () => {
      // Refused before anything is shown if a proof is needed.
      if (what === 'app') await client.auth.startTotp.mutate({});
      else await client.auth.startPasskey.mutate({});
      setCodes(undefined);
      setDoing(what);
    });

  if (factors.isPending) return <Skeleton rows={2} />;
  if (!factors.data) return <Notice kind="error">{explain(factors.error)}</Notice>;
  const { totp, passkeys, recoveryCodesLeft, changedAt, required } = factors.data;
  const hasAny = totp !== null || passkeys.length > 0;
  const onDone = async ({ recoveryCodes }: SetUp) => {
    setDoing(undefined);
    if (recoveryCodes) setCodes(recoveryCodes);
    await refresh(queries, queryKey);
  };
  const cancel = (
    <button type="button" className="button button-quiet" onClick={() => setDoing(undefined)}>
      {text.common.cancel}
    </button>
  );
  return (
    <>
      {required && <p>{words.required}</p>}
      {!hasAny && <p>{words.none}</p>}
      {!hasAny && <p className="hint">{words.warning}</p>}
      {error !== undefined && <Notice kind="error">{explain(error)}</Notice>}
      <ul className="sessions" aria-label={words.passkeys}>
        {totp && (
          <FactorRow
            name={words.app}
            hint={words.appSince(formatDate(Date.parse(totp.createdAt)))}
            remove={words.removeAppLabel}
            onRemove={() => void run(() => client.auth.removeTotp.mutate())}
          />
        )}
        {passkeys.map((passkey) => (
          <FactorRow
            key={passkey.id}
            name={passkey.name}
            hint={<PasskeyTimes {...passkey} />}
            remove={words.removeNamed(passkey.name)}
            onRemove={() => void run(() => client.auth.removePasskey.mutate({ id: passkey.id }))}
          />
        ))}
      </ul>
      {hasAny && changedAt !== null && (
        <p className="hint">{words.changed(formatDate(Date.parse(changedAt)))}</p>
      )}
      {hasAny && <p>{words.codesLeft(recoveryCodesLeft)}</p>}
      {codes && <RecoveryCodes username={username} codes={codes} onDone={() => setCodes(undefined)} />}
      {doing === 'app' && <SetUpApp client={client} onDone={onDone} />}
      {doing === 'passkey' && <SetUpPasskey client={client} onDone={onDone} />}
      {doing ? (
        cancel
      ) : (
        <div className="choices-row">
          <button type="button" className="button button-quiet" onClick={() => void begin('app')}>
            <KeyIcon />
            {totp ? words.replaceApp : words.addApp}
          </button>
          {canUsePasskeys(domain) && (
            <button type="button" className="button button-quiet" onClick={() => void begin('passkey')}>
              <KeyIcon />
              {words.addPasskey}
            </button>
          )}
          {hasAny && (
            <button
              type="button"
              className="button button-quiet"
              onClick={() =>
                void run(async () => setCodes((await client.auth.newRecoveryCodes.mutate()).recoveryCodes))
              }
            >
              {words.newCodes}
            </button>
          )}
        </div>
      )}
      {dialog}
    </>
  );
}

interface FactorRowProps {
  name: string;
  hint: ReactNode;
  remove: string;
  onRemove(): void;
}

function FactorRow({ name, hint, remove, onRemove }: FactorRowProps) {
  return (
    <li className="session">
      <div>
        <strong>
          <bdi>{name}</bdi>
        </strong>
        <p className="hint">{hint}</p>
      </div>
      <button type="button" className="button button-quiet" aria-label={remove} onClick={onRemove}>
        {words.remove}
      </button>
    </li>
  );
}

function PasskeyTimes({ createdAt, lastUsedAt }: Outputs['auth']['listFactors']['passkeys'][number]) {
  return (
    <>
      {words.created(formatDate(Date.parse(createdAt)))}
      {' · '}
      {lastUsedAt === null ? (
        words.unused
      ) : (
        <>
          {words.used} <BriefTime ms={Date.parse(lastUsedAt)} />
        </>
      )}
    </>
  );
}
