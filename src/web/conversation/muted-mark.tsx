import { now } from '../clock.ts';
import { isMuted } from '../state/conversations.ts';
import { text } from '../text.ts';
import { BellOffIcon } from '../ui/icons.tsx';

/** Shows in a list that a room or conversation is muted. */
export function MutedMark({ of }: { of: { mutedUntil: string | null } }) {
  if (!isMuted(of, now())) return null;
  return (
    <span className="list-muted">
      <BellOffIcon />
      <span className="visually-hidden">{text.mute.muted}</span>
    </span>
  );
}
