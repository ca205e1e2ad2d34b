import { DropdownMenu } from 'radix-ui';
import { useRef } from 'react';
import { now } from '../clock.ts';
import { laterText } from '../later-text.ts';
import { CopyIcon, MoreIcon, PencilIcon, PinIcon, ReplyIcon, SmileIcon, TrashIcon } from '../ui/icons.tsx';
import type { MessageItem } from './rows.ts';

/** Each takes the key of the message. */
export interface MessageMenuActions {
  onReply(key: string): void;
  /** Pins the message in its room, or unpins it; absent where the user may not. */
  onPin?(key: string, isPinned: boolean): void;
  changes: MessageChanges;
}

/** Each takes the key of the message. */
export interface MessageChanges {
  onEdit(key: string): void;
  /** For how long one's own messages can be edited; 0 where the server does not allow it. */
  editableMs: number;
  onDelete(key: string, scope: 'everyone' | 'me'): void;
  /** Which messages the user can delete for everyone, and with `anyForMe` for oneself as well. */
  deletes: 'own' | 'any' | 'anyForMe';
  onReact(key: string, emoji: string, isOn: boolean): void;
  /** Asks for an emoji that is not in the menu. */
  onOtherEmoji(key: string): void;
}

const commonEmoji = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

interface MessageMenuProps {
  message: MessageItem;
  username: string;
  actions: MessageMenuActions;
}

export function MessageMenu({ message, username, actions }: MessageMenuProps) {
  const { key, isOwn } = message;
  const { onReply, onPin, changes } = actions;
  const words = laterText.messageMenu;
  const movesToField = useRef(false);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="button-icon message-action" aria-label={words.title}>
        <MoreIcon />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className="menu"
          align={isOwn ? 'end' : 'start'}
          sideOffset={4}
          collisionPadding={8}
          onCloseAutoFocus={(event) => {
            if (movesToField.current) event.preventDefault();
            movesToField.current = false;
          }}
        >
          <Emoji message={message} username={username} changes={changes} />
          <DropdownMenu.Item
            className="menu-item"
            onSelect={() => {
              movesToField.current = true;
              onReply(key);
            }}
          >
            <ReplyIcon />
            {words.reply}
          </DropdownMenu.Item>
          {message.text !== '' && (
            <DropdownMenu.Item
              className="menu-item"
              onSelect={() => void navigator.clipboard?.writeText(message.text).catch(() => {})}
            >
              <CopyIcon />
              {words.copy}
            </DropdownMenu.Item>
          )}
          {onPin && (
            <DropdownMenu.Item className="menu-item" onSelect={() => onPin(key, !message.isPinned)}>
              <PinIcon />
              {message.isPinned ? words.unpin : words.pin}
            </DropdownMenu.Item>
          )}
          {isOwn && now() - message.createdAtMs < changes.editableMs && (
            <DropdownMenu.Item
              className="menu-item"
              onSelect={() => {
                movesToField.current = true;
                changes.onEdit(key);
              }}
            >
              <PencilIcon />
              {words.edit}
            </DropdownMenu.Item>
          )}
          {(isOwn || changes.deletes !== 'own') && <Deletion message={message} changes={changes} />}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface ChangesProps {
  message: MessageItem;
  changes: MessageChanges;
}

function Emoji({ message, username, changes }: ChangesProps & { username: string }) {
  const { key, reactions = [] } = message;
  const words = laterText.messageMenu;
  const isOn = (emoji: string) =>
    reactions.some((reaction) => reaction.emoji === emoji && reaction.users.includes(username));
  return (
    <>
      <DropdownMenu.Group className="menu-emoji" aria-label={words.react}>
        {commonEmoji.map((emoji) => (
          <DropdownMenu.CheckboxItem
            key={emoji}
            className="menu-emoji-item"
            aria-label={words.reactWith(emoji)}
            checked={isOn(emoji)}
            onSelect={() => changes.onReact(key, emoji, !isOn(emoji))}
          >
            {emoji}
          </DropdownMenu.CheckboxItem>
        ))}
      </DropdownMenu.Group>
      <DropdownMenu.Item className="menu-item" onSelect={() => changes.onOtherEmoji(key)}>
        <SmileIcon />
        {words.otherEmoji}
      </DropdownMenu.Item>
      <DropdownMenu.Separator className="menu-separator" />
    </>
  );
}

function Deletion({ message: { key }, changes }: ChangesProps) {
  const words = laterText.messageMenu;
  return (
    <>
      <DropdownMenu.Separator className="menu-separator" />
      {changes.deletes === 'anyForMe' && (
        <DropdownMenu.Item
          className="menu-item menu-item-danger"
          onSelect={() => changes.onDelete(key, 'me')}
        >
          <TrashIcon />
          {words.removeForMe}
        </DropdownMenu.Item>
      )}
      <DropdownMenu.Item
        className="menu-item menu-item-danger"
        onSelect={() => changes.onDelete(key, 'everyone')}
      >
        <TrashIcon />
        {changes.deletes === 'anyForMe' ? words.removeForEveryone : words.remove}
      </DropdownMenu.Item>
    </>
  );
}
