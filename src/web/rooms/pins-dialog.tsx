import { useState } from 'react';
import { MessageText } from '../conversation/message-text.tsx';
import { explain } from '../failure.ts';
import { useSession } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { text } from '../text.ts';
import { Modal } from '../ui/dialog.tsx';
import { Failure, Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { formatTime, Time } from '../ui/time.tsx';
import { usePins, useSetPinned } from './use-pins.ts';
import type { Room } from './use-rooms.ts';

interface PinsDialogProps {
  room: Room;
  /** Shows the message in its place. */
  onShow(id: string): void;
  onClose(): void;
}

export function PinsDialog({ room, onShow, onClose }: PinsDialogProps) {
  const { blocked } = useStore(useSession().inbox);
  const pins = usePins(room.id);
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
            <p className="hint">
              <bdi>{message.username}</bdi>{' '}
              <Time ms={Date.parse(message.createdAt)}>{formatTime(Date.parse(message.createdAt))}</Time>
            </p>
            {blocked.has(message.username) ? (
              <p className="hint">{text.conversation.folded}</p>
            ) : (
              <MessageText text={message.text} />
            )}
            <p className="hint">{words.by(pinnedBy)}</p>
            <div className="choices-row">
              <button
                type="button"
                className="button button-quiet button-small"
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
