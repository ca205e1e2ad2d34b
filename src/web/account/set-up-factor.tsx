import { useEffect, useState } from 'react';
import type { MirageClient, Outputs } from '../../client/index.ts';
import { explain } from '../failure.ts';
import { Skeleton } from '../ui/empty.tsx';
import { Field, Notice } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { deviceName } from './device.ts';
import { factorsText } from './factors-text.ts';
import { makePasskey, withReasons } from './passkey.ts';

const words = factorsText.setUp;

export type SetUp = Outputs['auth']['finishTotp'];

interface SetUpProps {
  client: MirageClient;
  /** Of a log-in that waits for it. */
  challenge?: string | undefined;
  onDone(setUp: SetUp): void | Promise<void>;
}

const by = (challenge: string | undefined) => (challenge === undefined ? {} : { challenge });

/** Shows the key of an authenticator app, and takes its first code. */
export function SetUpApp({ client, challenge, onDone }: SetUpProps) {
  const [started, setStarted] = useState<{ secret: string; picture: QrCode }>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    let isGone = false;
    void (async () => {
      try {
        const { secret, uri } = await withReasons(client.auth.startTotp.mutate(by(challenge)));
        const picture = await qrCodeOf(uri);
        if (!isGone) setStarted({ secret, picture });
      } catch (cause) {
        if (!isGone) setError(cause);
      }
    })();
    return () => {
      isGone = true;
    };
  }, [client, challenge]);

  if (error !== undefined) return <Notice kind="error">{explain(error)}</Notice>;
  if (!started) return <Skeleton rows={4} />;
  const { secret, picture } = started;
  return (
    <Form
      submit={words.submit}
      onSubmit={async ({ code = '' }) =>
        onDone(await withReasons(client.auth.finishTotp.mutate({ ...by(challenge), code })))
      }
    >
      <p className="hint">{words.scan}</p>
      <QrPicture {...picture} />
      <Field
        label={words.key}
        value={secret.replace(/.{4}(?=.)/g, '$& ')}
        readOnly
        onFocus={({ currentTarget: field }) => field.select()}
      />
      <CodeField label={words.code} />
    </Form>
  );
}

/** A code of an authenticator app, or a recovery code. */
export function CodeField({ label, hint }: { label: string; hint?: string }) {
  return (
    <Field
      label={label}
      hint={hint}
      name="code"
      required
      maxLength={100}
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
    />
  );
}

interface QrCode {
  size: number;
  path: string;
}

async function qrCodeOf(text: string): Promise<QrCode> {
  const { default: encode } = await import('qr');
  const rows = encode(text, 'raw', { border: 4 });
  const path = rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')));
  return { size: rows.length, path: path.join('') };
}

/** On white in dark colors, too: not all apps read it the other way round. */
function QrPicture({ size, path }: QrCode) {
  return (
    <svg
      className="qr-code"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={words.picture}
      shapeRendering="crispEdges"
    >
      <path d={`M0 0h${size}v${size}H0z`} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

/** Asks for a name, and the browser for a passkey. */
export function SetUpPasskey({ client, challenge, onDone }: SetUpProps) {
  return (
    <Form
      submit={words.makePasskey}
      busy={words.making}
      onSubmit={async ({ name = '' }) => {
        const passkey = await makePasskey(await withReasons(client.auth.startPasskey.mutate(by(challenge))));
        const finished = client.auth.finishPasskey.mutate({ ...by(challenge), name, passkey });
        await onDone(await withReasons(finished));
      }}
    >
      <Field
        label={words.name}
        hint={words.nameHint}
        name="name"
        required
        maxLength={100}
        pattern=".*\S.*"
        defaultValue={deviceName()}
        autoComplete="off"
      />
    </Form>
  );
}
