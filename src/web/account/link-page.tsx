import { useState } from 'react';
import { createMirageClient, type Outputs } from '../../client/index.ts';
import { base } from '../base.ts';
import { laterText } from '../later-text.ts';
import { hrefOf } from '../route.ts';
import { Notice } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { AuthCard } from './auth-page.tsx';
import { NewPasswordField } from './fields.tsx';

const words = laterText.account;

/** Where the link of a mail leads. It is the same for everybody, logged in or not. */
export function LinkPage({ page, token }: { page: 'verify' | 'reset'; token: string }) {
  return page === 'verify' ? <Verify token={token} /> : <Reset token={token} />;
}

/** Asks first: programs that look into mails open links, too, and run their scripts. */
function Verify({ token }: { token: string }) {
  const [verified, setVerified] = useState<Outputs['auth']['verifyEmail']>();
  return (
    <AuthCard title={words.verifyTitle}>
      {verified ? (
        <Done text={words.verifyDone(verified.username, verified.email)} />
      ) : (
        <Form
          submit={words.verify}
          onSubmit={async () => setVerified(await client().auth.verifyEmail.mutate({ token }))}
        >
          <p className="hint">{words.verifyHint}</p>
        </Form>
      )}
    </AuthCard>
  );
}

function Reset({ token }: { token: string }) {
  const [username, setUsername] = useState<string>();
  return (
    <AuthCard title={words.resetTitle}>
      {username === undefined ? (
        <Form
          submit={words.reset}
          onSubmit={async ({ newPassword = '' }) => {
            const done = await client().auth.resetPassword.mutate({ token, newPassword });
            setUsername(done.username);
          }}
        >
          <p className="hint">{words.resetHint}</p>
          <NewPasswordField label={words.newPassword} name="newPassword" />
        </Form>
      ) : (
        <Done text={words.resetDone} />
      )}
    </AuthCard>
  );
}

/** The address with the token is not kept among those that were visited. */
function Done({ text }: { text: string }) {
  return (
    <>
      <Notice kind="success">{text}</Notice>
      <button
        type="button"
        className="button button-primary"
        onClick={() => location.replace(hrefOf({ page: 'rooms' }))}
      >
        {words.goOn}
      </button>
    </>
  );
}

const client = () => createMirageClient({ url: base.href });
