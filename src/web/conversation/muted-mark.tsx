import { text } from '../text.ts';
import { BellOffIcon } from '../ui/icons.tsx';
import { isMuted } from './is-muted.ts';

/** Shows in a list that a room or conversation is muted. */
export function MutedMark({ of }: { of: { mutedUntil: string | null } }) {
  if (!isMuted(of)) return null;
  return (
    <span className="list-muted">
      <BellOffIcon />
      <span className="visually-hidden">{text.mute.muted}</span>
    </span>
  );
}
