/** In this order, as most browsers name others besides themselves. */
const browsers = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'] as const;
const names: Partial<Record<string, string>> = { Edg: 'Edge', OPR: 'Opera' };
const systems = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'] as const;

/** What a list of sessions may call this device, such as “Firefox on Linux”; undefined for one it does not know. */
export function deviceName({ userAgent }: Pick<Navigator, 'userAgent'> = navigator): string | undefined {
  const browser = browsers.find((name) => userAgent.includes(`${name}/`));
  const system = systems.find((name) => userAgent.includes(name));
  if (browser === undefined || system === undefined) return undefined;
  return `${names[browser] ?? browser} on ${system}`;
}
