import { Component, type ReactNode } from 'react';
import { text } from '../text.ts';
import { Empty } from './empty.tsx';
import { AlertIcon } from './icons.tsx';

/** Shown when rendering throws or a chunk cannot be loaded. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <main className="starting" role="alert">
        <Empty icon={<AlertIcon />} title={text.common.crashed} hint={text.common.crashedHint} isView>
          <button type="button" className="button button-primary" onClick={() => location.reload()}>
            {text.common.reload}
          </button>
        </Empty>
      </main>
    );
  }
}
