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

/** Placeholder for an empty view. */
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

/** Placeholder while loading. */
export function Skeleton({ rows }: { rows: number }) {
  return (
    <div className="skeleton" role="status">
      <span className="visually-hidden">{text.common.loading}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are static
        <span key={row} className="skeleton-row" aria-hidden="true" />
      ))}
    </div>
  );
}
