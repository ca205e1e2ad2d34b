import { text } from '../text.ts';

/** `mentions`: how many of the unread messages mention the user. */
export function Badge({ count, mentions = 0 }: { count: number; mentions?: number }) {
  if (count === 0) return null;
  return (
    <span className={`badge ${mentions > 0 ? 'badge-mentions' : ''}`}>
      <span aria-hidden="true">
        {mentions > 0 && '@ '}
        {text.shell.unread(count)}
      </span>
      <span className="visually-hidden">
        {text.shell.unreadLabel(count)}
        {mentions > 0 && `, ${text.shell.mentionsLabel(mentions)}`}
      </span>
    </span>
  );
}
