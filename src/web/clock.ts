/** Milliseconds since 1970. The reader's own clock: good for showing and for spacing, not for comparing with the server's. */
export const now = (): number => Date.now();
