import { useState } from 'react';
import { logOut } from '../account/account.ts';
import { explain } from '../failure.ts';
import { text } from '../text.ts';
import { Notice } from '../ui/field.tsx';
import { LeaveIcon } from '../ui/icons.tsx';

/** How one is logged in, and the way out. */
export function SessionSettings() {
  const [error, setError] = useState<unknown>();
  return (
    <>
      {error !== undefined && <Notice kind="error">{explain(error)}</Notice>}
      <button type="button" className="button button-quiet" onClick={() => void logOut().catch(setError)}>
        <LeaveIcon />
        {text.shell.logOut}
      </button>
    </>
  );
}
