import type { ReactNode } from 'react';
import { explain } from '../failure.ts';
import { text } from '../text.ts';
import { AlertIcon } from './icons.tsx';

interface EmptyProps {
  icon: ReactNode;
  title: string;
  hint?: string;
  children?: ReactNode;
}

/** In place of what is not there: says so, and what can be done. */
export function Empty({ icon, title, hint, children }: EmptyProps) {
  return (
    <div className="empty">
      <span className="empty-icon">{icon}</span>
      <p className="empty-title">{title}</p>
      {hint && <p className="hint">{hint}</p>}
      {children}
    </div>
  );
}

export function Failure({ title, error, onRetry }: { title: string; error: unknown; onRetry?(): void }) {
  return (
    <div role="alert">
      <Empty icon={<AlertIcon />} title={title} hint={explain(error)}>
        {onRetry && (
          <button type="button" className="button button-quiet" onClick={onRetry}>
            {text.common.retry}
          </button>
        )}
      </Empty>
    </div>
  );
}

/** The shape of what is coming. */
export function Skeleton({ rows }: { rows: number }) {
  return (
    <div className="skeleton" role="status">
      <span className="visually-hidden">{text.common.loading}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they never change places
        <span key={row} className="skeleton-row" aria-hidden="true" />
      ))}
    </div>
  );
}
