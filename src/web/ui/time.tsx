const clockTime = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const dayName = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const fullDate = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });
const shortDate = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** In the language and the zone of the reader, as all of these. */
export const formatTime = (ms: number): string => clockTime.format(ms);
export const formatDay = (ms: number): string => dayName.format(ms);
export const formatDate = (ms: number): string => fullDate.format(ms);

/** The time of today, the date of any other day. */
export function formatBriefly(ms: number, nowMs: number): string {
  return startOfDay(ms) === startOfDay(nowMs) ? clockTime.format(ms) : shortDate.format(ms);
}

export function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

export function Time({ ms, children }: { ms: number; children: string }) {
  return (
    <time dateTime={new Date(ms).toISOString()} title={full.format(ms)}>
      {children}
    </time>
  );
}
