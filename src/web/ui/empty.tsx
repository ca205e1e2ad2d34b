import type { ReactNode } from 'react';
import { explain } from '../failure.ts';
import { text } from '../text.ts';
import { AlertIcon } from './icons.tsx';

interface EmptyProps {
  icon: ReactNode;
  title: string;
  hint?: string;
  /** It is all that the view has, so its title is that of the view. */
  isView?: boolean;
  children?: ReactNode;
}

/** Placeholder for an empty view. */
export function Empty({ icon, title, hint, isView = false, children }: EmptyProps) {
  const Title = isView ? 'h1' : 'p';
  return (
    <div className="empty">
      <span className="empty-icon">{icon}</span>
      <Title className="empty-title">{title}</Title>
      {hint && <p className="hint">{hint}</p>}
      {children}
    </div>
  );
}

interface FailureProps extends Pick<EmptyProps, 'title' | 'isView'> {
  error: unknown;
  onRetry?(): void;
}

export function Failure({ error, onRetry, ...empty }: FailureProps) {
  return (
    <div role="alert">
      <Empty icon={<AlertIcon />} hint={explain(error)} {...empty}>
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
