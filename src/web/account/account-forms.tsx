import { createMirageClient } from '../../client/index.ts';
import { base } from '../base.ts';
import { laterText } from '../later-text.ts';
import { Form } from '../ui/form.tsx';
import { type PendingLogin, register } from './account.ts';
import { EmailField, NewPasswordField, UsernameField } from './fields.tsx';

const words = laterText.account;

export function RegisterForm({ onPending }: { onPending(login: PendingLogin | undefined): void }) {
  return (
    <Form
      submit={words.register}
      busy={words.registering}
      onSubmit={async ({ username = '', email = '', password = '' }) =>
        onPending(await register({ username: username.trim(), email, password }))
      }
    >
      <UsernameField hint={words.usernameHint} />
      <EmailField hint={words.emailHint} />
      <NewPasswordField label={words.password} name="password" />
    </Form>
  );
}

export function ForgotForm() {
  return (
    <Form
      submit={words.sendLink}
      done={words.linkSent}
      onSubmit={({ email = '' }) =>
        createMirageClient({ url: base.href }).auth.requestPasswordReset.mutate({ email })
      }
    >
      <EmailField hint={words.forgotHint} />
    </Form>
  );
}
