import { type ReactNode, useState } from 'react';
import { laterText } from '../later-text.ts';
import { text } from '../text.ts';
import { Field, Notice } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { lazyComponent } from '../ui/lazy-component.tsx';
import { Logo } from '../ui/logo.tsx';
import { logIn, type PendingLogin } from './account.ts';
import { ForgotForm, RegisterForm } from './account-forms.tsx';
import { UsernameField } from './fields.tsx';
import { OtherLogIns } from './other-log-ins.tsx';

const SecondStep = lazyComponent(async () => (await import('./second-step.tsx')).SecondStep);
const PasskeyButton = lazyComponent(async () => (await import('./passkey-button.tsx')).PasskeyButton);

const words = laterText.account;

/** Logging in, creating an account, and asking for a new password. */
export function AuthPage({ hasExpired }: { hasExpired: boolean }) {
  const [form, setForm] = useState<'logIn' | 'register' | 'forgot'>('logIn');
  const [pending, setPending] = useState<PendingLogin>();
  const isKnown = form === 'logIn';
  if (pending) {
    const isSetUp = pending.challenge.methods.length === 0;
    return (
      <AuthCard title={isSetUp ? words.setUpTitle : words.stepTitle}>
        <SecondStep login={pending} onBack={() => setPending(undefined)} />
      </AuthCard>
    );
  }
  return (
    <AuthCard title={words[`${form}Title`]}>
      {hasExpired && isKnown && <Notice kind="info">{words.expired}</Notice>}
      {isKnown && <LogInForm onPending={setPending} />}
      {isKnown && <PasskeyButton />}
      {form === 'register' && <RegisterForm onPending={setPending} />}
      {form === 'forgot' && <ForgotForm />}
      {form !== 'forgot' && <OtherLogIns />}
      {isKnown && (
        <p className="auth-switch">
          <button type="button" className="button-link" onClick={() => setForm('forgot')}>
            {words.forgot}
          </button>
        </p>
      )}
      <p className="auth-switch">
        {isKnown ? words.toRegister : words.toLogIn}{' '}
        <button type="button" className="button-link" onClick={() => setForm(isKnown ? 'register' : 'logIn')}>
          {isKnown ? words.register : words.logIn}
        </button>
      </p>
    </AuthCard>
  );
}

/** What is shown to one who is not logged in. */
export function AuthCard({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="auth">
      <div className="auth-card">
        <p className="auth-brand">
          <Logo />
          {text.name}
        </p>
        <h1>{title}</h1>
        <p className="hint">{text.tagline}</p>
        {children}
      </div>
    </main>
  );
}

function LogInForm({ onPending }: { onPending(login: PendingLogin | undefined): void }) {
  return (
    <Form
      submit={words.logIn}
      busy={words.loggingIn}
      onSubmit={async ({ username = '', password = '' }) =>
        onPending(await logIn({ username: username.trim(), password }))
      }
    >
      <UsernameField />
      <Field
        label={words.password}
        name="password"
        type="password"
        required
        autoComplete="current-password"
      />
    </Form>
  );
}
