import { laterText } from '../later-text.ts';
import { Avatar } from '../ui/avatar.tsx';
import { usePeople } from './use-people.ts';

/** People whose names begin with what has been typed. Others can be written to by their whole name. */
export function PeoplePicker({ typed, onPick }: { typed: string; onPick(username: string): void }) {
  const people = usePeople(typed).filter(({ username }) => username !== typed);
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
