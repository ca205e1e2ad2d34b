import { DropdownMenu } from 'radix-ui';
import { now } from '../clock.ts';
import { text } from '../text.ts';
import { BellIcon, BellOffIcon } from '../ui/icons.tsx';
import { isMuted } from './is-muted.ts';

const hourMs = 60 * 60_000;

interface MuteItemsProps {
  /** The room or conversation. */
  of: { mutedUntil: string | null } | undefined;
  /** With undefined until it is unmuted. */
  onMute(until: Date | undefined): void;
  onUnmute(): void;
}

/** Items of a menu that turn notifications off and on. */
export function MuteItems({ of, onMute, onUnmute }: MuteItemsProps) {
  const words = text.mute;
  if (isMuted(of))
    return (
      <DropdownMenu.Item className="menu-item" onSelect={onUnmute}>
        <BellIcon />
        {words.unmute}
      </DropdownMenu.Item>
    );
  const muteFor = (hours: number) => onMute(new Date(now() + hours * hourMs));
  return (
    <>
      <DropdownMenu.Item className="menu-item" onSelect={() => muteFor(1)}>
        <BellOffIcon />
        {words.muteForHour}
      </DropdownMenu.Item>
      <DropdownMenu.Item className="menu-item" onSelect={() => muteFor(8)}>
        <BellOffIcon />
        {words.muteForHours(8)}
      </DropdownMenu.Item>
      <DropdownMenu.Item className="menu-item" onSelect={() => onMute(undefined)}>
        <BellOffIcon />
        {words.mute}
      </DropdownMenu.Item>
    </>
  );
}
