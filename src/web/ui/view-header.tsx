import type { ReactNode } from 'react';
import { text } from '../text.ts';
import { BackIcon } from './icons.tsx';

interface ViewHeaderProps {
  icon?: ReactNode;
  title: string;
  /** What it is about. */
  topic?: string;
  /** Link to the list, shown on narrow screens. */
  back: string;
  children?: ReactNode;
}

export function ViewHeader({ icon, title, topic, back, children }: ViewHeaderProps) {
  return (
    <header className="view-header">
      <a className="button-icon view-back" href={back} aria-label={text.common.back}>
        <BackIcon />
      </a>
      {icon && <span className="view-icon">{icon}</span>}
      <h1 className="view-title">
        <bdi>{title}</bdi>
      </h1>
      {topic && (
        <p className="view-topic" title={topic}>
          <bdi>{topic}</bdi>
        </p>
      )}
      {children}
    </header>
  );
}
