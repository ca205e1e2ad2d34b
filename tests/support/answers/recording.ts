/** Environment with which a server in another process records its responses for the check. */
export function recording(): Record<string, string> {
  const { RECORD_ANSWERS_IN = '' } = process.env;
  return { RECORD_ANSWERS_IN, NODE_OPTIONS: `--import ${new URL('record.mjs', import.meta.url).href}` };
}
