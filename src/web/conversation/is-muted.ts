import { now } from '../clock.ts';

/** Whether the user wants no notifications of a room or conversation. */
export const isMuted = (of: { mutedUntil: string | null } | undefined): boolean =>
  !!of?.mutedUntil && Date.parse(of.mutedUntil) > now();
