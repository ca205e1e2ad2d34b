import { text } from '../text.ts';

export function Badge({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <span className="badge">
      <span aria-hidden="true">{text.shell.unread(count)}</span>
      <span className="visually-hidden">{text.shell.unreadLabel(count)}</span>
    </span>
  );
}
