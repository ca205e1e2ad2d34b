import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Outputs } from '../../client/index.ts';
import { NewPasswordField, PasswordOwner } from '../account/fields.tsx';
import { laterText } from '../later-text.ts';
import { refresh } from '../session/refresh.ts';
import { useSession } from '../session/session.ts';
import { Field } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { useWaysIn, waysInKey } from './ways-in.ts';

/** Clears its fields after a change. */
export function PasswordForm() {
  const { client, username } = useSession();
  const [turn, setTurn] = useState(0);
  const queries = useQueryClient();
  const hasPassword = useWaysIn()?.hasPassword ?? true;
  const words = laterText.settings;
  return (
    <Form
      submit={hasPassword ? words.changePassword : words.setPassword}
      done={words.passwordChanged}
      onSubmit={async ({ currentPassword, newPassword = '' }) => {
        await client.auth.changePassword.mutate({ newPassword, ...(hasPassword && { currentPassword }) });
        setTurn(turn + 1);
        void refresh(queries, waysInKey);
        // A change of the address under way ends with the password.
        queries.setQueryData<Outputs['auth']['me']>(['me'], (own) => own && { ...own, pendingEmail: null });
      }}
    >
      <PasswordOwner username={username} />
      <div key={turn} className="form-fields">
        {hasPassword && (
          <Field
            label={words.currentPassword}
            name="currentPassword"
            type="password"
            required
            autoComplete="current-password"
          />
        )}
        <NewPasswordField label={words.newPassword} name="newPassword" />
      </div>
    </Form>
  );
}
