import { DropdownMenu } from 'radix-ui';
import { useRef, useState } from 'react';
import { useConversation } from '../../client/react/index.ts';
import { MuteItems } from '../conversation/mute-items.tsx';
import { useBlocked } from '../conversation/use-blocked.ts';
import { navigate } from '../route.ts';
import { useSession } from '../session/session.ts';
import { text } from '../text.ts';
import { Confirmation } from '../ui/dialog.tsx';
import { BanIcon, MoreIcon, SearchIcon, TrashIcon } from '../ui/icons.tsx';
import { isNarrow } from '../ui/media.ts';

interface ConversationMenuProps {
  peer: string;
  onFailure(error: unknown): void;
}

/** What can be done with a conversation. Other sessions, and this one, learn of it by events. */
export function ConversationMenu({ peer, onFailure }: ConversationMenuProps) {
  const { client, search: messageSearch, username } = useSession();
  const { mutedUntil, mute, unmute, leave } = useConversation({ peer });
  const isBlocked = useBlocked().has(peer);
  const [asked, setAsked] = useState<'clear' | 'block'>();
  const close = () => setAsked(undefined);
  const words = text.conversationMenu;
  /** Then the focus is in the search field, and does not return to the menu's button. */
  const isSearching = useRef(false);
  function search() {
    isSearching.current = true;
    messageSearch.startWithin(peer);
    if (isNarrow()) navigate({ page: 'inbox' });
  }
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className="button-icon" aria-label={words.title}>
          <MoreIcon />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            className="menu"
            align="end"
            sideOffset={6}
            onCloseAutoFocus={(event) => {
              if (isSearching.current) event.preventDefault();
              isSearching.current = false;
            }}
          >
            <DropdownMenu.Item className="menu-item" onSelect={search}>
              <SearchIcon />
              {words.search}
            </DropdownMenu.Item>
            <DropdownMenu.Separator className="menu-separator" />
            <MuteItems
              of={{ mutedUntil }}
              onMute={(until) => void mute(until).catch(onFailure)}
              onUnmute={() => void unmute().catch(onFailure)}
            />
            <DropdownMenu.Separator className="menu-separator" />
            <DropdownMenu.Item className="menu-item menu-item-danger" onSelect={() => setAsked('clear')}>
              <TrashIcon />
              {words.clear}
            </DropdownMenu.Item>
            {peer !== username &&
              (isBlocked ? (
                <DropdownMenu.Item
                  className="menu-item"
                  onSelect={() => void client.users.unblock.mutate({ username: peer }).catch(onFailure)}
                >
                  <BanIcon />
                  {words.unblock(peer)}
                </DropdownMenu.Item>
              ) : (
                <DropdownMenu.Item className="menu-item menu-item-danger" onSelect={() => setAsked('block')}>
                  <BanIcon />
                  {words.block(peer)}
                </DropdownMenu.Item>
              ))}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {asked === 'clear' && (
        <Confirmation
          title={words.clearTitle(peer)}
          hint={words.clearHint(peer)}
          submit={words.clear}
          onConfirm={leave}
          onClose={close}
        />
      )}
      {asked === 'block' && (
        <Confirmation
          title={words.blockTitle(peer)}
          hint={words.blockHint(peer)}
          submit={words.block(peer)}
          onConfirm={() => client.users.block.mutate({ username: peer })}
          onClose={close}
        />
      )}
    </>
  );
}
