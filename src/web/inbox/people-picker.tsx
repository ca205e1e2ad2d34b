import { useQuery } from '@tanstack/react-query';
import { laterText } from '../later-text.ts';
import { useSession } from '../state/session.ts';
import { Avatar } from '../ui/avatar.tsx';
import { useSettled } from '../ui/use-settled.ts';

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
        {people.length > 0 && laterText.compose.found(people.length)}
      </p>
      {people.length > 0 && (
        <ul className="list people" aria-label={laterText.compose.people}>
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
