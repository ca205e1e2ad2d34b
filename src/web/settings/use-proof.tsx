import { type ReactNode, useState } from 'react';
import { reasonOf } from '../../client/index.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';

export const needsProof = (cause: unknown) => reasonOf(cause) === 'PROOF_REQUIRED';

interface Proof {
  /**
   * Does it, and once more after the user has proved who they are, if the server asks for that. Rejects as the first time if they
   * would rather not.
   */
  proved<Result>(action: () => Promise<Result>): Promise<Result>;
  /** Outside any form, as it has one of its own. */
  dialog: ReactNode;
}

/** For what the server does only for a user who has proved within ten minutes who they are. */
export function useProof(): Proof {
  const [answer, setAnswer] = useState<(isProved: boolean) => void>();

  async function proved<Result>(action: () => Promise<Result>): Promise<Result> {
    try {
      return await action();
    } catch (cause) {
      if (!needsProof(cause)) throw cause;
      const isProved = await new Promise<boolean>((resolve) => setAnswer(() => resolve));
      setAnswer(undefined);
      if (!isProved) throw cause;
    }
    return action();
  }

  return {
    proved,
    dialog: answer && <ConfirmDialog onClose={() => answer(false)} onDone={() => answer(true)} />,
  };
}
