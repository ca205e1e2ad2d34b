import { useState } from 'react';
import { deleteAccount } from '../account/account.ts';
import { PasswordOwner } from '../account/fields.tsx';
import { useSession } from '../session/session.ts';
import { text } from '../text.ts';
import { Field } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { lazyComponent } from '../ui/lazy-component.tsx';
import { ownDataText as words } from './own-data-text.ts';

const Modal = lazyComponent(async () => (await import('../ui/dialog.tsx')).Modal);

export function DeleteAccount() {
  const { username } = useSession();
  const [isAsking, setAsking] = useState(false);
  const close = () => setAsking(false);
  return (
    <>
      <div className="choices-row">
        <button type="button" className="button button-danger" onClick={() => setAsking(true)}>
          {words.delete}
        </button>
      </div>
      {isAsking && (
        <Modal title={words.deleteTitle} hint={words.deleteHint} onClose={close}>
          <Form
            submit={words.confirm}
            busy={words.deleting}
            aside={
              <button type="button" className="button button-quiet" onClick={close}>
                {text.common.cancel}
              </button>
            }
            onSubmit={({ password = '' }) => deleteAccount(password === '' ? undefined : password)}
          >
            <PasswordOwner username={username} />
            <Field
              label={words.password}
              hint={words.passwordHint}
              name="password"
              type="password"
              autoComplete="current-password"
            />
          </Form>
        </Modal>
      )}
    </>
  );
}
