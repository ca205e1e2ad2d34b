import { memo, useEffect, useRef, useState } from 'react';
import { heightOf, type ShownFile } from '../files/shown-file.ts';
import { usePlainText } from '../formatting/formatting.ts';
import { text } from '../text.ts';
import { Avatar } from '../ui/avatar.tsx';
import { AlertIcon, CheckIcon, ClockIcon, PinIcon, ReadIcon } from '../ui/icons.tsx';
import { lazyComponent } from '../ui/lazy-component.tsx';
import { Day, formatTime, Time } from '../ui/time.tsx';
import type { MessageMenuActions } from './message-menu.tsx';
import { MessageText } from './message-text.tsx';
import { isDelivered, type MessageItem, type Reaction, type Row } from './rows.ts';

const Attachments = lazyComponent(
  async () => (await import('../files/attachments.tsx')).Attachments,
  ({ files }: { files: readonly ShownFile[] }) => <div style={{ height: heightOf(files) }} />,
);
const MessageMenu = lazyComponent(async () => (await import('./message-menu.tsx')).MessageMenu);

export interface MessageActions {
  onPerson(username: string): void;
  onRetry(key: string): void;
  onDiscard(key: string): void;
  /** What can be done with a delivered message. */
  menu: MessageMenuActions;
  /** Loads a message again, because the URLs of its files have expired. */
  onExpired(key: string): void;
  /** Shows the message that a reply quotes, by its id. */
  onQuote(id: string): void;
}

interface RowProps {
  row: Row;
  startNote: string;
  /** Whether the user jumped to this message. */
  isTarget: boolean;
  /** Name of the user, to tell own reactions. */
  username: string;
  actions: ListActions;
}

/** What the list of messages does itself. */
export interface ListActions extends MessageActions {
  /** Shows a picture large. */
  onPicture(id: string): void;
}

/** Memoized, so that neither scrolling nor another message renders rows again. */
export const MessageRow = memo(
  OneRow,
  ({ row: before, ...rest }, { row, ...next }) => isSame(before, row) && isSame(rest, next),
);

const isSame = <T extends object>(a: T, b: T): boolean =>
  (Object.keys(b) as (keyof T)[]).every((name) => a[name] === b[name]);

function OneRow({ row, startNote, ...rest }: RowProps) {
  switch (row.kind) {
    case 'start':
      return <p className="note">{startNote}</p>;
    case 'gap':
      return <p className="note note-gap">{text.rooms.gap}</p>;
    case 'note':
      return (
        <p className="note">
          {row.note} <Time ms={row.ms}>{formatTime(row.ms)}</Time>
        </p>
      );
    case 'day':
      return (
        <p className="divider">
          <Day ms={row.ms} />
        </p>
      );
    case 'unread':
      return <p className="divider divider-unread">{text.conversation.unread}</p>;
    case 'message':
      return <Message message={row.message} startsGroup={row.startsGroup} {...rest} />;
  }
}

interface MessageProps extends Pick<RowProps, 'isTarget' | 'username' | 'actions'> {
  message: MessageItem;
  startsGroup: boolean;
}

function Message({ message, startsGroup, isTarget, username, actions }: MessageProps) {
  const { key, author, isOwn, createdAtMs, state, reactions = [] } = message;
  const isMentioned = message.mentioned?.includesReader ?? false;
  const article = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isTarget) article.current?.focus({ preventScroll: true });
  }, [isTarget]);
  return (
    <article
      ref={article}
      tabIndex={isTarget ? -1 : undefined}
      className={`message ${isOwn ? 'message-own' : 'message-other'} ${startsGroup ? 'message-startsGroup' : ''} ${isTarget ? 'message-target' : ''} ${isMentioned ? 'message-mentions' : ''}`}
      aria-label={text.conversation.by(author, formatTime(createdAtMs), isMentioned)}
    >
      {!isOwn && <span className="message-avatar">{startsGroup && <Avatar username={author} />}</span>}
      <div className="message-body">
        {startsGroup && (
          <p className="message-head">
            {!isOwn && (
              <button
                type="button"
                className="message-author"
                aria-label={text.profile.show(author)}
                onClick={() => actions.onPerson(author)}
              >
                <bdi>{author}</bdi>
              </button>
            )}
            {message.isBot && <span className="message-bot">{text.conversation.bot}</span>}
            <Time ms={createdAtMs}>{formatTime(createdAtMs)}</Time>
          </p>
        )}
        <div className="message-line">
          <div
            className={`bubble ${state === 'refused' ? 'bubble-failed' : ''} ${message.files ? 'bubble-files' : ''}`}
          >
            {message.quote !== undefined && <Quoted quote={message.quote} onShow={actions.onQuote} />}
            {message.isFolded ? (
              <Folded message={message} actions={actions} />
            ) : (
              <Content message={message} actions={actions} />
            )}
            {message.isPinned && (
              <p className="message-edited">
                <PinIcon /> {text.pins.pinned}
              </p>
            )}
            {message.isEdited && <p className="message-edited">{text.conversation.edited}</p>}
          </div>
          {!startsGroup && (
            <span className="message-time">
              <Time ms={createdAtMs}>{formatTime(createdAtMs)}</Time>
            </span>
          )}
          {state && <State state={state} />}
          {isDelivered(message) && (
            <MessageMenu message={message} username={username} actions={actions.menu} />
          )}
        </div>
        {reactions.length > 0 && (
          <Reactions
            reactions={reactions}
            username={username}
            onReact={(emoji, isOn) => actions.menu.changes.onReact(key, emoji, isOn)}
          />
        )}
        {message.failure && (
          <p className={`message-failure message-failure-${state}`}>
            {message.failure}{' '}
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

function Quoted({
  quote,
  onShow,
}: Pick<Required<MessageItem>, 'quote'> & { onShow: MessageActions['onQuote'] }) {
  const quoted = usePlainText(quote?.text ?? '');
  if (!quote) return <p className="quote quote-gone">{text.conversation.quoteGone}</p>;
  const { id, author } = quote;
  return (
    <button
      type="button"
      className="quote"
      aria-label={text.conversation.showQuote(author, quoted)}
      onClick={() => onShow(id)}
    >
      <bdi className="quote-author">{author}</bdi>
      <span className="quote-text" dir="auto">
        {quoted}
      </span>
    </button>
  );
}

interface ContentProps {
  message: MessageItem;
  actions: ListActions;
}

function Content({ message: { key, text, mentioned, files = [] }, actions }: ContentProps) {
  return (
    <>
      {files.length > 0 && (
        <Attachments
          files={files}
          onPicture={({ id }) => actions.onPicture(id)}
          onExpired={() => actions.onExpired(key)}
        />
      )}
      {text !== '' && <MessageText text={text} mentioned={mentioned} />}
    </>
  );
}

function Folded({ message, actions }: ContentProps) {
  const [isShown, setShown] = useState(false);
  if (isShown) return <Content message={message} actions={actions} />;
  return (
    <p className="message-folded">
      {text.conversation.folded}{' '}
      <button type="button" className="button-link" onClick={() => setShown(true)}>
        {text.conversation.unfold}
      </button>
    </p>
  );
}

interface ReactionsProps {
  reactions: readonly Reaction[];
  username: string;
  onReact(emoji: string, isOn: boolean): void;
}

function Reactions({ reactions, username, onReact }: ReactionsProps) {
  return (
    <ul className="reactions">
      {reactions.map(({ emoji, users }) => {
        const isOwn = users.includes(username);
        const names = text.conversation.reactedBy(
          emoji,
          users.map((user) => (user === username ? text.common.you : user)),
        );
        return (
          <li key={emoji}>
            <button
              type="button"
              className="reaction"
              aria-pressed={isOwn}
              aria-label={names}
              title={names}
              onClick={() => onReact(emoji, !isOwn)}
            >
              <span>{emoji}</span>
              {users.length > 1 && <span>{users.length}</span>}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

const states = {
  sending: [<ClockIcon key="sending" />, text.conversation.sending],
  sent: [<CheckIcon key="sent" />, text.conversation.sent],
  read: [<ReadIcon key="read" />, text.conversation.read],
  waiting: [<ClockIcon key="waiting" />, text.conversation.notSentYet],
  refused: [<AlertIcon key="refused" />, text.conversation.notSent],
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
