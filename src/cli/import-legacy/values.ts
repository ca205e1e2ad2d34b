/** Any value of an SQLite column, which need not have the declared type. */
export type Value = string | number | bigint | Buffer | null;

/** The text exactly as in the legacy file, to identify rows and resolve references. */
export function rawText(value: Value): string {
  return Buffer.isBuffer(value) ? value.toString() : String(value ?? '');
}

/** The text as Mirage stores it: without U+0000 and lone surrogates. */
export const cleanText = (value: Value): string => rawText(value).replaceAll('\0', '').toWellFormed();

const unknownTime = '1970-01-01T00:00:00.000+00:00';

/**
 * A time as Prisma stores it. The original wrote `YYYY-MM-DD HH:MM:SS` in UTC. An invalid time becomes the beginning of
 * 1970, which is recognizably wrong and the same in each run.
 */
export function storedTime(value: Value): string {
  const text = rawText(value).trim();
  const [, date, time = '00:00:00', fraction = '', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const ms = date === undefined ? Number.NaN : Date.parse(`${date}T${time}${fraction.slice(0, 4)}${zone}`);
  return Number.isNaN(ms) ? unknownTime : prismaTime(ms);
}

export const prismaTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '+00:00');

const maxNameLength = 100;

/** The beginning of a name, with room for `suffix`, in whole characters. */
export function shortName(name: string, suffix = ''): string {
  const longest = maxNameLength - suffix.length;
  return (
    (name.length <= longest
      ? name
      : name
          .slice(0, longest)
          .toWellFormed()
          .replace(/\uFFFD$/, '')) + suffix
  );
}

/** Ids beyond leave too few for what is yet to come; see docs/decisions/0003. */
export const maxKeptId = 1_000_000_000;

export const isKeepable = (id: Value): id is number =>
  typeof id === 'number' && Number.isSafeInteger(id) && id > 0 && id <= maxKeptId;
