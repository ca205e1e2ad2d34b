import type { InputHTMLAttributes } from 'react';
import { laterText } from '../later-text.ts';
import { Field } from '../ui/field.tsx';

const words = laterText.account;

/** The fields that several forms about accounts have in common. */
export function UsernameField(
  more: { hint?: string } & Pick<InputHTMLAttributes<HTMLInputElement>, 'defaultValue'>,
) {
  return (
    <Field
      label={words.username}
      name="username"
      required
      maxLength={100}
      autoComplete="username"
      autoCapitalize="none"
      spellCheck={false}
      {...more}
    />
  );
}

export function EmailField(
  more: { hint?: string } & Pick<InputHTMLAttributes<HTMLInputElement>, 'defaultValue'>,
) {
  return <Field label={words.email} name="email" type="email" required autoComplete="email" {...more} />;
}

/** A password that is being chosen. */
export function NewPasswordField({ label, name }: { label: string; name: string }) {
  return (
    <Field
      label={label}
      hint={words.passwordHint}
      name={name}
      type="password"
      required
      autoComplete="new-password"
    />
  );
}

/** Tells password managers whose password a form is about. */
export function PasswordOwner({ username }: { username: string }) {
  return (
    <input
      className="visually-hidden"
      type="text"
      autoComplete="username"
      value={username}
      readOnly
      tabIndex={-1}
      aria-hidden="true"
    />
  );
}
