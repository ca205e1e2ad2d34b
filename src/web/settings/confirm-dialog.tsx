import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { factorsText } from '../account/factors-text.ts';
import { canUsePasskeys, showPasskey, withReasons } from '../account/passkey.ts';
import { CodeField } from '../account/set-up-factor.tsx';
import { explain } from '../failure.ts';
import { useSession } from '../session/session.ts';
import { text } from '../text.ts';
import { Modal } from '../ui/dialog.tsx';
import { Skeleton } from '../ui/empty.tsx';
import { Field, Notice } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';

const words = factorsText.confirm;

/** Asks the user to prove who they are. */
export function ConfirmDialog({ onDone, onClose }: { onDone(): void; onClose(): void }) {
  const { client } = useSession();
  const ways = useQuery({
    queryKey: ['ways to confirm'],
    queryFn: () => client.auth.startConfirm.mutate(),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [error, setError] = useState<unknown>();
  const passkey = ways.data?.passkey ?? null;

  async function askForPasskey(): Promise<void> {
    if (!passkey) return;
    setError(undefined);
    try {
      await withReasons(client.auth.confirm.mutate({ passkey: await showPasskey(passkey) }));
      onDone();
    } catch (cause) {
      setError(cause);
    }
  }

  const hasPassword = ways.data?.methods.includes('password');
  return (
    <Modal title={words.title} hint={words.hint} onClose={onClose}>
      {error !== undefined && <Notice kind="error">{explain(error)}</Notice>}
      {ways.isError ? (
        <Notice kind="error">{explain(ways.error)}</Notice>
      ) : ways.isPending ? (
        <Skeleton rows={2} />
      ) : ways.data.methods.length === 0 ? (
        <Notice kind="info">{words.logInAgain}</Notice>
      ) : (
        <Form
          submit={words.submit}
          aside={
            <button type="button" className="button button-quiet" onClick={onClose}>
              {text.common.cancel}
            </button>
          }
          onSubmit={async ({ password = '', code = '' }) => {
            await withReasons(client.auth.confirm.mutate(hasPassword ? { password } : { code }));
            onDone();
          }}
        >
          {passkey && canUsePasskeys(passkey.rpId) && (
            <button type="button" className="button button-quiet" onClick={() => void askForPasskey()}>
              {words.usePasskey}
            </button>
          )}
          {hasPassword ? (
            <Field
              label={words.password}
              name="password"
              type="password"
              required
              autoComplete="current-password"
            />
          ) : (
            <CodeField label={words.code} />
          )}
        </Form>
      )}
    </Modal>
  );
}
