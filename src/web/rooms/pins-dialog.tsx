import { useState } from 'react';
import { MessageText } from '../conversation/message-text.tsx';
import { explain } from '../failure.ts';
import type { RoomFeed } from '../state/room-feed.ts';
import { useSession } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { text } from '../text.ts';
import { Modal } from '../ui/dialog.tsx';
import { Failure, Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { formatTime, Time } from '../ui/time.tsx';
import { mentionedIn } from './show-entry.ts';
import { usePins, useSetPinned } from './use-pins.ts';
import type { Room } from './use-rooms.ts';

interface PinsDialogProps {
  room: Room;
  feed: RoomFeed;
  /** Shows the message in its place. */
  onShow(id: string): void;
  onClose(): void;
}

export function PinsDialog({ room, feed, onShow, onClose }: PinsDialogProps) {
  const { inbox, username } = useSession();
  const { blocked } = useStore(inbox);
  const pins = usePins(room.id, feed);
  const setPinned = useSetPinned(room.id);
  const [error, setError] = useState<unknown>();
  const words = text.pins;
  return (
    <Modal title={words.title} onClose={onClose}>
      {error !== undefined && <Notice kind="error">{explain(error)}</Notice>}
      {pins.isPending && <Skeleton rows={3} />}
      {pins.isError && !pins.data && (
        <Failure title={words.failed} error={pins.error} onRetry={() => void pins.refetch()} />
      )}
      {pins.data?.length === 0 && <p>{words.none}</p>}
      <ul className="pins">
        {pins.data?.map(({ message, pinnedBy }) => (
          <li key={message.id} className="pin">
            <p className="hint" id={`pin-${message.id}`}>
              <bdi>{message.username}</bdi>{' '}
              <Time ms={Date.parse(message.createdAt)}>{formatTime(Date.parse(message.createdAt))}</Time>
            </p>
            {blocked.has(message.username) ? (
              <p className="hint">{text.conversation.folded}</p>
            ) : (
              <MessageText text={message.text} mentioned={mentionedIn(message, username)} />
            )}
            <p className="hint">{words.by(pinnedBy)}</p>
            <div className="choices-row">
              <button
                type="button"
                className="button button-quiet button-small"
                aria-describedby={`pin-${message.id}`}
                onClick={() => {
                  onShow(message.id);
                  onClose();
                }}
              >
                {words.show}
              </button>
              {room.role !== 'member' && (
                <button
                  type="button"
                  className="button button-quiet button-small"
                  aria-describedby={`pin-${message.id}`}
                  onClick={() => {
                    setError(undefined);
                    setPinned(message.id, false).catch(setError);
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
