import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useSession } from '../state/session.ts';
import { text } from '../text.ts';
import { Avatar } from '../ui/avatar.tsx';

const pauseMs = 250;
const maxPeople = 5;

/** People whose names begin with what has been typed. Others can be written to by their whole name. */
export function PeoplePicker({ typed, onPick }: { typed: string; onPick(username: string): void }) {
  const { client } = useSession();
  const prefix = useSettled(typed.trim());
  const { data = [] } = useQuery({
    queryKey: ['people', prefix],
    queryFn: () => client.users.search.query({ prefix, limit: maxPeople }),
    enabled: prefix !== '',
  });
  const people = prefix === '' ? [] : data.filter(({ username }) => username !== typed);
  return (
    <>
      <p className="visually-hidden" role="status">
        {people.length > 0 && text.compose.found(people.length)}
      </p>
      {people.length > 0 && (
        <ul className="list people" aria-label={text.compose.people}>
          {people.map(({ username }) => (
            <li key={username}>
              <button type="button" className="list-item" onClick={() => onPick(username)}>
                <Avatar username={username} size="small" />
                <bdi className="list-name">{username}</bdi>
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** The value once it has not changed for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pauseMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
