import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Outputs } from '../../client/index.ts';
import { logOut } from '../account/account.ts';
import { factorsText } from '../account/factors-text.ts';
import { explain } from '../failure.ts';
import { laterText } from '../later-text.ts';
import { refresh } from '../session/refresh.ts';
import { useSession } from '../session/session.ts';
import { text } from '../text.ts';
import { Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { LeaveIcon } from '../ui/icons.tsx';
import { lazyComponent } from '../ui/lazy-component.tsx';
import { BriefTime, formatDate, Time } from '../ui/time.tsx';

const Confirmation = lazyComponent(async () => (await import('../ui/dialog.tsx')).Confirmation);

const words = laterText.settings;

/** The user's sessions, and the ways to end them. */
export function SessionSettings() {
  const [error, setError] = useState<unknown>();
  const [isAsking, setIsAsking] = useState(false);
  return (
    <>
      <Sessions />
      {error !== undefined && <Notice kind="error">{explain(error)}</Notice>}
      <div className="choices-row">
        <button type="button" className="button button-quiet" onClick={() => void logOut().catch(setError)}>
          <LeaveIcon />
          {text.shell.logOut}
        </button>
        <button type="button" className="button button-quiet" onClick={() => setIsAsking(true)}>
          {words.logOutEverywhere}
        </button>
      </div>
      {isAsking && (
        <Confirmation
          title={words.logOutEverywhereTitle}
          hint={words.logOutEverywhereHint}
          submit={words.logOutEverywhere}
          onConfirm={() => logOut({ everywhere: true })}
          onClose={() => setIsAsking(false)}
        />
      )}
    </>
  );
}

const queryKey = ['sessions'];

function Sessions() {
  const { client } = useSession();
  const queries = useQueryClient();
  const sessions = useQuery({ queryKey, queryFn: () => client.auth.listSessions.query() });
  const end = useMutation({
    mutationFn: (id: number) => client.auth.revokeSession.mutate({ id }),
    onSettled: () => refresh(queries, queryKey),
  });

  if (sessions.isPending) return <Skeleton rows={2} />;
  if (!sessions.data) return <Notice kind="error">{explain(sessions.error)}</Notice>;
  return (
    <>
      {end.isError && <Notice kind="error">{explain(end.error)}</Notice>}
      <ul className="sessions" aria-label={words.sessions}>
        {sessions.data.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            isEnding={end.isPending && end.variables === session.id}
            onEnd={() => end.mutate(session.id)}
          />
        ))}
      </ul>
    </>
  );
}

interface SessionRowProps {
  session: Outputs['auth']['listSessions'][number];
  isEnding: boolean;
  onEnd(): void;
}

/** How its user logged in, as far as that is known. */
const methodOf = ({ method }: { method: string | null }) =>
  (method !== null && factorsText.methods[method]) || '';

function SessionRow({ session, isEnding, onEnd }: SessionRowProps) {
  const device = session.device ?? words.unknownDevice;
  const createdMs = Date.parse(session.createdAt);
  const usedMs = Date.parse(session.lastUsedAt);
  return (
    <li className="session">
      <div>
        <strong>
          <bdi>{device}</bdi>
        </strong>
        <p className="hint">
          {words.loggedIn} {methodOf(session)} <Time ms={createdMs}>{formatDate(createdMs)}</Time>
          {' · '}
          {session.current ? (
            words.thisDevice
          ) : (
            <>
              {words.lastUsed} <BriefTime ms={usedMs} />
            </>
          )}
        </p>
      </div>
      {!session.current && (
        <button
          type="button"
          className="button button-quiet"
          aria-label={words.endSession(device)}
          aria-disabled={isEnding}
          onClick={isEnding ? undefined : onEnd}
        >
          {text.shell.logOut}
        </button>
      )}
    </li>
  );
}
