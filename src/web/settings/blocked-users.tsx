import { useState } from 'react';
import { useReadable } from '../../client/react/index.ts';
import { explain } from '../failure.ts';
import { laterText } from '../later-text.ts';
import { useSession } from '../session/session.ts';
import { text } from '../text.ts';
import { Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';

/** Follows what is blocked here and in other sessions. */
export function BlockedUsers() {
  const { client, chat } = useSession();
  const { status, items: blocked, error: failure } = useReadable(chat.blocked);
  const [error, setError] = useState<unknown>();
  const words = laterText.privacy;
  if (status === 'loading') return <Skeleton rows={2} />;
  if (status === 'failed') return <Notice kind="error">{explain(failure?.cause)}</Notice>;
  if (blocked.length === 0) return <p>{words.noneBlocked}</p>;
  return (
    <>
      {error !== undefined && <Notice kind="error">{explain(error)}</Notice>}
      <ul className="sessions" aria-label={words.blocked}>
        {blocked.map((username) => (
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
