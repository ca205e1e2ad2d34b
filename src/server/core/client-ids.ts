/**
 * The prefix of generated `clientId`s: `mirage/client` assigns one to each message whose caller did not, so that it
 * can repeat it. They are stored like others, but never shown.
 */
const madeUp = '~';

/** The `clientId` to show to the sender of a message; undefined if there is none. */
export const shownClientId = (clientId: string | null | undefined): string | undefined =>
  clientId == null || clientId.startsWith(madeUp) ? undefined : clientId;
