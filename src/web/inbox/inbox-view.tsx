import { useState } from 'react';
import { useChat } from '../../client/react/index.ts';
import { ConversationMessages } from '../conversation/conversation-messages.tsx';
import { useBlocked } from '../conversation/use-blocked.ts';
import { useMessageActions } from '../conversation/use-message-actions.ts';
import { usePart } from '../conversation/use-part.ts';
import { hrefOf } from '../route.ts';
import { useSession } from '../session/session.ts';
import { text } from '../text.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Notice } from '../ui/field.tsx';
import { InboxIcon } from '../ui/icons.tsx';
import { lazyComponent } from '../ui/lazy-component.tsx';
import { ViewHeader } from '../ui/view-header.tsx';

const ProfileDialog = lazyComponent(
  async () => (await import('../settings/profile-dialog.tsx')).ProfileDialog,
);
const ConversationMenu = lazyComponent(
  async () => (await import('./conversation-menu.tsx')).ConversationMenu,
);
const DeleteDialog = lazyComponent(
  async () => (await import('../conversation/delete-dialog.tsx')).DeleteDialog,
);
const EmojiDialog = lazyComponent(async () => (await import('../conversation/emoji-dialog.tsx')).EmojiDialog);

/** Nobody is folded, and nothing is pinned. */
const none: ReadonlySet<string> = new Set();

interface InboxViewProps {
  peer: string;
  /** The message to show. */
  messageId: number | undefined;
}

export function InboxView({ peer, messageId }: InboxViewProps) {
  const { client, username } = useSession();
  const conversation = useChat().conversation({ peer });
  const isBlocked = useBlocked().has(peer);
  const [person, setPerson] = useState<string>();
  const part = usePart(conversation, messageId === undefined ? undefined : String(messageId));
  const actions = useMessageActions(conversation, part.timeline, {
    deletes: peer === username ? 'any' : 'anyForMe',
  });
  const { asked } = actions;

  function deletionHint(scope: 'everyone' | 'me') {
    const words = text.deleteDialog;
    if (peer === username) return words.alone;
    return scope === 'me' ? words.forMe(peer) : words.forBoth(peer);
  }

  return (
    <div className="view">
      <ViewHeader
        icon={<Avatar username={peer} size="small" />}
        title={peer}
        back={hrefOf({ page: 'inbox' })}
      >
        <button type="button" className="button button-quiet button-small" onClick={() => setPerson(peer)}>
          {text.profile.title}
        </button>
        <ConversationMenu peer={peer} onFailure={actions.fail} />
      </ViewHeader>
      <ConversationMessages
        conversation={conversation}
        name={peer}
        words={{
          failed: text.inbox.failed,
          ended: text.inbox.failed,
          empty: text.inbox.empty,
          emptyHint: text.inbox.emptyHint,
          start: text.inbox.start(peer),
          gone: text.search.gone,
        }}
        icon={<InboxIcon />}
        blocked={none}
        pinned={none}
        part={part}
        actions={actions}
        onPerson={setPerson}
      >
        {isBlocked && (
          <Notice kind="info">
            {text.conversationMenu.blocked(peer)}{' '}
            <button
              type="button"
              className="button-link"
              onClick={() => void client.users.unblock.mutate({ username: peer }).catch(actions.fail)}
            >
              {text.common.unblock}
            </button>
          </Notice>
        )}
      </ConversationMessages>
      {person !== undefined && <ProfileDialog username={person} onClose={() => setPerson(undefined)} />}
      {asked?.kind === 'delete' && (
        <DeleteDialog
          hint={deletionHint(asked.scope)}
          onDelete={() => actions.remove(asked.key, asked.scope)}
          onClose={actions.close}
        />
      )}
      {asked?.kind === 'emoji' && (
        <EmojiDialog onReact={(emoji) => actions.react(asked.key, emoji)} onClose={actions.close} />
      )}
    </div>
  );
}
