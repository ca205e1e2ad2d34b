import { memo } from 'react';
import { text } from '../text.ts';
import { Avatar } from '../ui/avatar.tsx';
import { AlertIcon, CheckIcon, ClockIcon, ReadIcon, TrashIcon } from '../ui/icons.tsx';
import { formatDay, formatTime, Time } from '../ui/time.tsx';
import { MessageText } from './message-text.tsx';
import type { Row, ShownMessage } from './rows.ts';

export interface MessageActions {
  onPerson(username: string): void;
  onRetry(key: string): void;
  onDiscard(key: string): void;
  onDelete?(key: string): void;
}

interface RowProps {
  row: Row;
  startNote: string;
  actions: MessageActions;
}

/** Kept as it is while the list only scrolls. */
export const MessageRow = memo(function MessageRow({ row, startNote, actions }: RowProps) {
  switch (row.kind) {
    case 'start':
      return <p className="note">{startNote}</p>;
    case 'gap':
      return <p className="note note-gap">{text.rooms.gap}</p>;
    case 'day':
      return (
        <p className="divider">
          <Time ms={row.ms}>{formatDay(row.ms)}</Time>
        </p>
      );
    case 'unread':
      return <p className="divider divider-unread">{text.conversation.unread}</p>;
    case 'message':
      return <Message message={row.message} opens={row.opens} actions={actions} />;
  }
});

function Message({
  message,
  opens,
  actions,
}: {
  message: ShownMessage;
  opens: boolean;
  actions: MessageActions;
}) {
  const { key, author, isOwn, createdAtMs, state } = message;
  const isStored = state === undefined || state === 'sent' || state === 'read';
  return (
    <article
      className={`message ${isOwn ? 'message-own' : 'message-other'} ${opens ? 'message-opens' : ''}`}
      aria-label={text.conversation.by(author, formatTime(createdAtMs))}
    >
      {!isOwn && <span className="message-avatar">{opens && <Avatar username={author} />}</span>}
      <div className="message-body">
        {opens && (
          <p className="message-head">
            {!isOwn && (
              <button
                type="button"
                className="message-author"
                aria-label={text.person.show(author)}
                onClick={() => actions.onPerson(author)}
              >
                <bdi>{author}</bdi>
              </button>
            )}
            <Time ms={createdAtMs}>{formatTime(createdAtMs)}</Time>
          </p>
        )}
        <div className="message-line">
          <div className={`bubble ${state === 'failed' ? 'bubble-failed' : ''}`}>
            <MessageText text={message.text} />
          </div>
          {state && <State state={state} />}
          {isStored && actions.onDelete && (
            <button
              type="button"
              className="button-icon message-action"
              aria-label={text.inbox.remove}
              onClick={() => actions.onDelete?.(key)}
            >
              <TrashIcon />
            </button>
          )}
        </div>
        {state === 'failed' && (
          <p className="message-failure">
            {text.conversation.notSent} {message.failure}{' '}
            <button type="button" className="button-link" onClick={() => actions.onRetry(key)}>
              {text.conversation.retry}
            </button>{' '}
            <button type="button" className="button-link" onClick={() => actions.onDiscard(key)}>
              {text.conversation.discard}
            </button>
          </p>
        )}
      </div>
    </article>
  );
}

const states = {
  sending: [<ClockIcon key="sending" />, text.conversation.sending],
  sent: [<CheckIcon key="sent" />, text.conversation.sent],
  read: [<ReadIcon key="read" />, text.conversation.read],
  failed: [<AlertIcon key="failed" />, text.conversation.notSent],
} as const;

function State({ state }: { state: keyof typeof states }) {
  const [icon, words] = states[state];
  return (
    <span className={`message-state message-state-${state}`} title={words}>
      {icon}
      <span className="visually-hidden">{words}</span>
    </span>
  );
}
