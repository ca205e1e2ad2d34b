import { useQuery } from '@tanstack/react-query';
import { MessageText } from '../conversation/message-text.tsx';
import { explain } from '../failure.ts';
import { hrefOf } from '../route.ts';
import { useSession } from '../state/session.ts';
import { text } from '../text.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Modal } from '../ui/dialog.tsx';
import { Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { formatDate } from '../ui/time.tsx';

/** What anybody may know of a user. */
export function Person({ username, onClose }: { username: string; onClose(): void }) {
  const { client } = useSession();
  const { data, isPending, error } = useQuery({
    queryKey: ['profile', username],
    queryFn: () => client.users.get.query({ username }),
  });
  return (
    <Modal title={text.person.title} onClose={onClose}>
      {isPending && <Skeleton rows={2} />}
      {error && <Notice kind="error">{explain(error)}</Notice>}
      {data && (
        <div className="person">
          <Avatar username={username} size="large" />
          <p className="person-name">
            <bdi>{data.username}</bdi>
          </p>
          <p className="hint">{text.person.since(formatDate(Date.parse(data.createdAt)))}</p>
          {data.description ? (
            <MessageText text={data.description} />
          ) : (
            <p className="hint">{text.person.noDescription}</p>
          )}
          <a
            className="button button-primary"
            href={hrefOf({ page: 'inbox', peer: username })}
            onClick={onClose}
          >
            {text.person.write}
          </a>
        </div>
      )}
    </Modal>
  );
}
