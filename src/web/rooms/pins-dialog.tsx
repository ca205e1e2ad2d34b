import { useState } from 'react';
import type { Conversation } from '../../client/chat/index.ts';
import { MessageText } from '../conversation/message-text.tsx';
import { mentionedIn } from '../conversation/show-item.ts';
import { useBlocked } from '../conversation/use-blocked.ts';
import { explain } from '../failure.ts';
import { text } from '../text.ts';
import { Modal } from '../ui/dialog.tsx';
import { Failure, Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { formatTime, Time } from '../ui/time.tsx';
import { usePins, useSetPinned } from './use-pins.ts';
import type { Room } from './use-rooms.ts';

interface PinsDialogProps {
  room: Room;
  conversation: Conversation;
  /** Shows the message in its place. */
  onShow(id: string): void;
  onClose(): void;
}

export function PinsDialog({ room, conversation, onShow, onClose }: PinsDialogProps) {
  const blocked = useBlocked();
  const { status, items, error: cause } = usePins(conversation);
  const setPinned = useSetPinned(room.id);
  const [error, setError] = useState<unknown>();
  const words = text.pins;
  return (
    <Modal title={words.title} onClose={onClose}>
      {error !== undefined && <Notice kind="error">{explain(error)}</Notice>}
      {status === 'loading' && <Skeleton rows={3} />}
      {status === 'failed' && (
        <Failure title={words.failed} error={cause?.cause} onRetry={conversation.pins.retry} />
      )}
      {status === 'ready' && items.length === 0 && <p>{words.none}</p>}
      <ul className="pins">
        {items.map(({ message, pinnedBy }) => (
          <li key={message.key} className="pin">
            <p className="hint" id={`pin-${message.key}`}>
              <bdi>{message.author}</bdi>{' '}
              <Time ms={Date.parse(message.createdAt)}>{formatTime(Date.parse(message.createdAt))}</Time>
            </p>
            {blocked.has(message.author) ? (
              <p className="hint">{text.conversation.folded}</p>
            ) : (
              <MessageText text={message.text} mentioned={mentionedIn(message)} />
            )}
            <p className="hint">{words.by(pinnedBy)}</p>
            <div className="choices-row">
              <button
                type="button"
                className="button button-quiet button-small"
                aria-describedby={`pin-${message.key}`}
                onClick={() => {
                  if (message.id !== null) onShow(message.id);
                  onClose();
                }}
              >
                {words.show}
              </button>
              {room.role !== 'member' && (
                <button
                  type="button"
                  className="button button-quiet button-small"
                  aria-describedby={`pin-${message.key}`}
                  onClick={() => {
                    setError(undefined);
                    if (message.id !== null) setPinned(message.id, false).catch(setError);
                  }}
                >
                  {words.unpin}
                </button>
              )}
            </div>
          </li>
        ))}
      </ul>
    </Modal>
  );
}
