import { useState } from 'react';
import { useSession } from '../state/session.ts';
import { text } from '../text.ts';
import { Field } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';

/** Clears its fields after a change. */
export function PasswordForm() {
  const { client, username } = useSession();
  const [turn, setTurn] = useState(0);
  const words = text.settings;
  return (
    <Form
      submit={words.changePassword}
      done={words.passwordChanged}
      onSubmit={async ({ currentPassword = '', newPassword = '' }) => {
        await client.auth.changePassword.mutate({ currentPassword, newPassword });
        setTurn(turn + 1);
      }}
    >
      {/* Tells password managers whose password this is. */}
      <input
        className="visually-hidden"
        type="text"
        autoComplete="username"
        value={username}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <div key={turn} className="form-fields">
        <Field
          label={words.currentPassword}
          name="currentPassword"
          type="password"
          required
          autoComplete="current-password"
        />
        <Field
          label={words.newPassword}
          name="newPassword"
          type="password"
          required
          autoComplete="new-password"
        />
      </div>
    </Form>
  );
}
