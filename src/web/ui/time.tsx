import { now } from '../clock.ts';
import { createStore, useStore } from '../store.ts';
import { locale } from '../words/language.ts';

const clockTime = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
const day = { day: 'numeric', month: 'long' } as const;
const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long', ...day });
const weekdayAndYear = new Intl.DateTimeFormat(locale, { weekday: 'long', ...day, year: 'numeric' });
const shortDay = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
const shortDate = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
const fullDate = new Intl.DateTimeFormat(locale, { dateStyle: 'long' });
const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' });

/** Start of the current day. Checked often, because timers stop while a device sleeps. */
const today = createStore(startOfDay(now()));
const checkToday = () => today.set(startOfDay(now()));
setInterval(checkToday, 30_000);
document.addEventListener('visibilitychange', checkToday);

export const formatTime = (ms: number): string => clockTime.format(ms);
export const formatDate = (ms: number): string => fullDate.format(ms);

export function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

const isSameYear = (a: number, b: number) => new Date(a).getFullYear() === new Date(b).getFullYear();

/** All times are shown in the time zone of the browser, with the complete date as a tooltip. */
export function Time({ ms, children }: { ms: number; children: string }) {
  return (
    <time dateTime={new Date(ms).toISOString()} title={full.format(ms)}>
      {children}
    </time>
  );
}

/** Weekday and date, with the year unless it is the current one. */
export function Day({ ms }: { ms: number }) {
  const format = isSameYear(ms, useStore(today)) ? weekday : weekdayAndYear;
  return <Time ms={ms}>{format.format(ms)}</Time>;
}

/** The time for today, otherwise the date. */
export function BriefTime({ ms }: { ms: number }) {
  const todayMs = useStore(today);
  const format = startOfDay(ms) === todayMs ? clockTime : isSameYear(ms, todayMs) ? shortDay : shortDate;
  return <Time ms={ms}>{format.format(ms)}</Time>;
}
