import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { PlainText } from '../conversation/message-text.tsx';
import { explain } from '../failure.ts';
import { hrefOf, navigate } from '../route.ts';
import { useSession } from '../session/session.ts';
import { text } from '../text.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Modal } from '../ui/dialog.tsx';
import { Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { formatDate } from '../ui/time.tsx';

interface ProfileDialogProps {
  username: string;
  onClose(): void;
  /** What else can be done about the user. */
  children?: ReactNode;
}

/** The public profile of a user. */
export function ProfileDialog({ username, onClose, children }: ProfileDialogProps) {
  const { client } = useSession();
  const { data, isPending, error } = useQuery({
    queryKey: ['profile', username],
    queryFn: () => client.users.get.query({ username }),
  });
  return (
    <Modal title={text.profile.title} onClose={onClose}>
      {isPending && <Skeleton rows={2} />}
      {error && <Notice kind="error">{explain(error)}</Notice>}
      {data && (
        <div className="person">
          <Avatar username={username} size="large" />
          <p className="person-name">
            <bdi>{data.username}</bdi>
          </p>
          <p className="hint">{text.profile.since(formatDate(Date.parse(data.createdAt)))}</p>
          {data.description ? (
            <PlainText text={data.description} />
          ) : (
            <p className="hint">{text.profile.noDescription}</p>
          )}
          <a
            className="button button-primary"
            href={hrefOf({ page: 'inbox', peer: username })}
            onClick={(event) => {
              event.preventDefault();
              onClose();
              navigate({ page: 'inbox', peer: username });
            }}
          >
            {text.profile.write}
          </a>
          {children}
        </div>
      )}
    </Modal>
  );
}
