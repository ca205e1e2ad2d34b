/** In this order, because most browsers also name others in their user agent. */
const browsers = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'] as const;
const names: Partial<Record<string, string>> = { Edg: 'Edge', OPR: 'Opera' };
const systems = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'] as const;

/** A name for the session list, such as “Firefox on Linux”; undefined if the browser is unknown. */
export function deviceName({ userAgent }: Pick<Navigator, 'userAgent'> = navigator): string | undefined {
  const browser = browsers.find((name) => userAgent.includes(`${name}/`));
  const system = systems.find((name) => userAgent.includes(name));
  if (browser === undefined || system === undefined) return undefined;
  return `${names[browser] ?? browser} on ${system}`;
}
