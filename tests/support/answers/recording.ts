/** What a server that is a process of its own needs in its environment for its answers to be looked at. */
export function recording(): Record<string, string> {
  const { RECORD_ANSWERS_IN = '' } = process.env;
  return { RECORD_ANSWERS_IN, NODE_OPTIONS: `--import ${new URL('record.mjs', import.meta.url).href}` };
}
