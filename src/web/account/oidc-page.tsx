import { useEffect, useState } from 'react';
import { createMirageClient, type Outputs } from '../../client/index.ts';
import { base } from '../base.ts';
import { explain, explainReason } from '../failure.ts';
import { laterText } from '../later-text.ts';
import { readdress } from '../route.ts';
import { useStore } from '../store.ts';
import { Field, Notice } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { account as accountStore, enter, logIn, type PendingLogin } from './account.ts';
import { AuthCard } from './auth-page.tsx';
import { deviceName } from './device.ts';
import { PasswordOwner, UsernameField } from './fields.tsx';
import { takeReturn } from './oidc.ts';
import { oidcText as words } from './oidc-text.ts';
import { SecondStep } from './second-step.tsx';

type Finished = Outputs['auth']['finishOidc'];
type Newcomer = Extract<Finished, { status: 'new' }>;
type State = { error: string } | { newcomer: Newcomer } | undefined;

const client = () => createMirageClient({ url: base.href });

const ownDevice = () => {
  const device = deviceName();
  return device === undefined ? {} : { device };
};

/** Of this visit to the page: what has come back can be taken once. */
let finishing: Promise<State> | undefined;

async function finish(): Promise<State> {
  const back = await takeReturn();
  if (!back) return { error: explainReason('LOGIN_EXPIRED') };
  const finished = await client().auth.finishOidc.mutate({ ...back, ...ownDevice() });
  if (finished.status === 'new') return { newcomer: finished };
  if (finished.status === 'loggedIn') await enter(finished);
  leave(finished.status === 'linked' ? 'settings' : 'rooms');
  return undefined;
}

function leave(page: 'rooms' | 'settings'): void {
  finishing = undefined;
  readdress({ page });
}

/** Where a log-in with another service comes back to. */
export function OidcPage() {
  const [state, setState] = useState<State>();
  useEffect(() => {
    finishing ??= finish().catch((error: unknown) => ({ error: explain(error) }));
    void finishing.then(setState);
  }, []);
  if (state && 'newcomer' in state) return <NewcomerPage newcomer={state.newcomer} />;
  if (!state)
    return (
      <AuthCard title={words.finishing}>
        <p className="visually-hidden" role="status">
          {words.finishing}
        </p>
      </AuthCard>
    );
  return (
    <AuthCard title={words.failedTitle}>
      <Notice kind="error">{state.error}</Notice>
      <button type="button" className="button button-primary" onClick={() => leave('rooms')}>
        {words.back}
      </button>
    </AuthCard>
  );
}

function NewcomerPage({ newcomer }: { newcomer: Newcomer }) {
  const [account, setAccount] = useState(newcomer.account);
  if (account === null) return <NameForm newcomer={newcomer} />;
  const onAnother = () => setAccount(null);
  if (!newcomer.hasPassword) return <LinkLater account={account} onAnother={onAnother} />;
  return <LinkForm newcomer={newcomer} account={account} onAnother={onAnother} />;
}

function NameForm({ newcomer: { login, suggestion, email, account } }: { newcomer: Newcomer }) {
  return (
    <AuthCard title={words.newTitle}>
      <p>{words.newHint}</p>
      {email !== null && <p>{words.newAddress(email)}</p>}
      <Form
        submit={laterText.account.register}
        busy={laterText.account.registering}
        onSubmit={async ({ username = '' }) => {
          await enter(
            await client().auth.registerOidc.mutate({ login, username: username.trim(), ...ownDevice() }),
          );
          leave('rooms');
        }}
      >
        <UsernameField hint={laterText.account.usernameHint} defaultValue={suggestion} />
      </Form>
      {account === null && <p className="hint">{words.toAccount}</p>}
    </AuthCard>
  );
}

async function link(login: string): Promise<void> {
  await client().auth.linkOidc.mutate({ login });
  leave('settings');
}

interface LinkLaterProps {
  account: string;
  onAnother(): void;
}

/** For an account that no password opens. */
function LinkLater({ account, onAnother }: LinkLaterProps) {
  return (
    <AuthCard title={words.linkTitle}>
      <p>{words.linkLater(account)}</p>
      <button type="button" className="button button-primary" onClick={() => leave('rooms')}>
        {words.toLogIn}
      </button>
      <AnotherAccount onAnother={onAnother} />
    </AuthCard>
  );
}

function AnotherAccount({ onAnother }: Pick<LinkLaterProps, 'onAnother'>) {
  return (
    <p className="auth-switch">
      <button type="button" className="button-link" onClick={onAnother}>
        {words.makeAnother}
      </button>
    </p>
  );
}

interface LinkFormProps extends LinkLaterProps {
  newcomer: Newcomer;
}

function LinkForm({ newcomer: { login }, account, onAnother }: LinkFormProps) {
  const [pending, setPending] = useState<PendingLogin>();
  const [error, setError] = useState<unknown>();
  const isThrough = useStore(accountStore).status === 'loggedIn' && pending !== undefined;
  useEffect(() => {
    if (isThrough) link(login).catch(setError);
  }, [isThrough, login]);
  if (pending)
    return (
      <AuthCard title={laterText.account.stepTitle}>
        {error !== undefined && <Notice kind="error">{explain(error)}</Notice>}
        {!isThrough && <SecondStep login={pending} onBack={() => setPending(undefined)} />}
      </AuthCard>
    );
  return (
    <AuthCard title={words.linkTitle}>
      <p>{words.linkHint(account)}</p>
      <Form
        submit={words.link}
        busy={laterText.account.loggingIn}
        onSubmit={async ({ password = '' }) => {
          const step = await logIn({ username: account, password });
          if (step) setPending(step);
          else await link(login);
        }}
      >
        <PasswordOwner username={account} />
        <Field
          label={laterText.account.password}
          name="password"
          type="password"
          required
          autoComplete="current-password"
        />
      </Form>
      <AnotherAccount onAnother={onAnother} />
    </AuthCard>
  );
}
