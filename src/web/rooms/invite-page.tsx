import { useQuery } from '@tanstack/react-query';
import { explain } from '../failure.ts';
import { laterText } from '../later-text.ts';
import { useSession } from '../session/session.ts';
import { Empty, Failure, Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { RoomsIcon } from '../ui/icons.tsx';
import { useJoinByInvite } from './use-rooms.ts';

const words = laterText.invite;

/** Where the link of an invitation leads. */
export function InvitePage({ code }: { code: string }) {
  const { client } = useSession();
  const invite = useQuery({
    queryKey: ['invite', code],
    queryFn: () => client.chat.getInvite.query({ code }),
  });
  const join = useJoinByInvite();
  if (invite.isPending) return <Skeleton rows={3} />;
  if (!invite.data)
    return <Failure title={words.failed} error={invite.error} isView onRetry={() => void invite.refetch()} />;
  const { name, memberCount } = invite.data;
  return (
    <Empty icon={<RoomsIcon />} title={words.to(name)} hint={words.members(memberCount)} isView>
      {join.isError && <Notice kind="error">{explain(join.error)}</Notice>}
      <button
        type="button"
        className="button button-primary"
        aria-disabled={join.isPending}
        onClick={() => !join.isPending && join.mutate(code)}
      >
        {words.join}
      </button>
    </Empty>
  );
}
