import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { explain } from '../failure.ts';
import { laterText } from '../later-text.ts';
import { refresh } from '../session/refresh.ts';
import { useSession } from '../session/session.ts';
import { Notice } from '../ui/field.tsx';
import { lazyComponent } from '../ui/lazy-component.tsx';
import { membersKey, type Room } from './use-rooms.ts';

const Confirmation = lazyComponent(async () => (await import('../ui/dialog.tsx')).Confirmation);

const words = laterText.memberActions;
const ranks = ['member', 'moderator', 'owner'];

/** What the user may do to another member of a room, if anything. */
export function MemberActions({ room, username, onDone }: { room: Room; username: string; onDone(): void }) {
  const { client, username: self } = useSession();
  const queries = useQueryClient();
  const [asked, setAsked] = useState<'remove' | 'ban'>();
  const roomId = room.id;
  const queryKey = [...membersKey(roomId), 'role', username];
  const { data: role } = useQuery({
    queryKey,
    queryFn: async () => {
      const { members } = await client.chat.members.query({ roomId, prefix: username });
      return members.find((member) => member.username === username)?.role ?? null;
    },
    enabled: room.role !== 'member' && username !== self,
  });
  const change = useMutation({
    mutationFn: (to: 'moderator' | 'member') => client.chat.setRole.mutate({ roomId, username, role: to }),
    onSettled: () => refresh(queries, queryKey),
  });
  if (!role || ranks.indexOf(room.role) <= ranks.indexOf(role)) return null;
  const next = role === 'member' ? 'moderator' : 'member';

  return (
    <div className="choices-row">
      {change.isError && <Notice kind="error">{explain(change.error)}</Notice>}
      {room.role === 'owner' && (
        <button
          type="button"
          className="button button-quiet"
          aria-disabled={change.isPending}
          onClick={() => !change.isPending && change.mutate(next)}
        >
          {words.make[next]}
        </button>
      )}
      <button type="button" className="button button-quiet" onClick={() => setAsked('remove')}>
        {words.remove}
      </button>
      <button type="button" className="button button-danger" onClick={() => setAsked('ban')}>
        {words.ban}
      </button>
      {asked && (
        <Confirmation
          title={words.title[asked](username)}
          hint={words.hint[asked]}
          submit={words[asked]}
          onConfirm={async () => {
            await client.chat.removeMember.mutate({ roomId, username, ban: asked === 'ban' });
            void refresh(queries, membersKey(roomId));
            onDone();
          }}
          onClose={() => setAsked(undefined)}
        />
      )}
    </div>
  );
}
