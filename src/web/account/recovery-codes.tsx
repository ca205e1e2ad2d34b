import { useState } from 'react';
import { Notice } from '../ui/field.tsx';
import { CopyIcon } from '../ui/icons.tsx';
import { factorsText } from './factors-text.ts';

const words = factorsText.codes;

interface RecoveryCodesProps {
  username: string;
  codes: readonly string[];
  onDone(): void;
}

/** Shown once: the server keeps only their hashes. */
export function RecoveryCodes({ username, codes, onDone }: RecoveryCodesProps) {
  const [isCopied, setCopied] = useState(false);
  const text = `${words.file(username)}\n\n${codes.join('\n')}\n`;
  const copy = () =>
    navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => {},
    );
  return (
    <section className="form-fields" aria-label={words.title}>
      <p className="hint">{words.hint}</p>
      <ul className="recovery-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      {isCopied && <Notice kind="success">{words.copied}</Notice>}
      <div className="choices-row">
        <button type="button" className="button button-quiet" onClick={() => void copy()}>
          <CopyIcon />
          {words.copy}
        </button>
        <a
          className="button button-quiet"
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
          download="mirage-recovery-codes.txt"
        >
          {words.download}
        </a>
        <button type="button" className="button button-primary" onClick={onDone}>
          {words.done}
        </button>
      </div>
    </section>
  );
}
