/** `YYYY-MM-DD HH:MM:SS` in UTC. */
export function sqlTime(date: Date): string {
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

/** Seconds since the Unix epoch, with milliseconds as a fraction. */
export function epochSeconds(date: Date): number {
  return date.getTime() / 1000;
}

/**
 * The text that SQLite stores for a value in a TEXT column, through which the original accepted numbers as text: 7 is
 * "7", true is "1", and fractions have up to 15 significant digits.
 */
export function sqliteText(value: string | number | true): string {
  if (typeof value === 'string') return value;
  if (value === true) return '1';
  if (Number.isInteger(value)) return String(value);
  const [mantissa = '', exponent] = formatG15(value).split('e');
  if (exponent === undefined) return mantissa;
  const digits = Number(exponent);
  // SQLite writes 1e-7 as 1.0e-07.
  const sign = digits < 0 ? '-' : '+';
  const fraction = mantissa.includes('.') ? mantissa : `${mantissa}.0`;
  return `${fraction}e${sign}${String(Math.abs(digits)).padStart(2, '0')}`;
}

/** C's `%.15g`: at most 15 significant digits, exponents only below 10^-4 and from 10^15. */
function formatG15(value: number): string {
  const rounded = Number(value.toPrecision(15));
  const exponential = rounded.toExponential();
  return Math.abs(rounded) < 1e-4 || Math.abs(rounded) >= 1e15 ? exponential : withFraction(rounded);
}

function withFraction(value: number): string {
  const text = String(value);
  return Number.isInteger(value) ? `${text}.0` : text;
}
