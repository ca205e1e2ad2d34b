import { useState } from 'react';
import { explain } from '../failure.ts';
import { laterText } from '../later-text.ts';
import { useSession } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { text } from '../text.ts';
import { Notice } from '../ui/field.tsx';

/** Follows what is blocked here and in other sessions. */
export function BlockedUsers() {
  const { client, inbox } = useSession();
  const { blocked } = useStore(inbox);
  const [error, setError] = useState<unknown>();
  const words = laterText.privacy;
  if (blocked.size === 0) return <p>{words.noneBlocked}</p>;
  return (
    <>
      {error !== undefined && <Notice kind="error">{explain(error)}</Notice>}
      <ul className="sessions" aria-label={words.blocked}>
        {[...blocked].map((username) => (
          <li key={username} className="session">
            <strong>
              <bdi>{username}</bdi>
            </strong>
            <button
              type="button"
              className="button button-quiet"
              aria-label={words.unblockNamed(username)}
              onClick={() => {
                setError(undefined);
                client.users.unblock.mutate({ username }).catch(setError);
              }}
            >
              {text.common.unblock}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
