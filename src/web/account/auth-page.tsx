import { useState } from 'react';
import { text } from '../text.ts';
import { Field, Notice } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { Logo } from '../ui/logo.tsx';
import { logIn, register } from './account.ts';

/** Logging in and creating an account. */
export function AuthPage({ hasExpired }: { hasExpired: boolean }) {
  const [isNew, setNew] = useState(false);
  const words = text.auth;
  return (
    <main className="auth">
      <div className="auth-card">
        <p className="auth-brand">
          <Logo />
          {text.name}
        </p>
        <h1>{isNew ? words.registerTitle : words.logInTitle}</h1>
        <p className="hint">{text.tagline}</p>
        {hasExpired && !isNew && <Notice kind="info">{words.expired}</Notice>}
        {isNew ? <RegisterForm key="new" /> : <LogInForm key="known" />}
        <p className="auth-switch">
          {isNew ? words.toLogIn : words.toRegister}{' '}
          <button type="button" className="button-link" onClick={() => setNew(!isNew)}>
            {isNew ? words.logIn : words.register}
          </button>
        </p>
      </div>
    </main>
  );
}

function LogInForm() {
  const words = text.auth;
  return (
    <Form
      submit={words.logIn}
      busy={words.loggingIn}
      onSubmit={({ username = '', password = '' }) => logIn({ username: username.trim(), password })}
    >
      <Field
        label={words.username}
        name="username"
        required
        maxLength={100}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
      />
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

function RegisterForm() {
  const words = text.auth;
  return (
    <Form
      submit={words.register}
      busy={words.registering}
      onSubmit={({ username = '', email = '', password = '' }) =>
        register({ username: username.trim(), email, password })
      }
    >
      <Field
        label={words.username}
        hint={words.usernameHint}
        name="username"
        required
        maxLength={100}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
      />
      <Field
        label={words.email}
        hint={words.emailHint}
        name="email"
        type="email"
        required
        autoComplete="email"
      />
      <Field label={words.password} name="password" type="password" required autoComplete="new-password" />
    </Form>
  );
}
