import type { Duplex } from 'node:stream';

/** Connections whose request may take longer than the server allows others, because what reads it has limits of its own. */
export const withoutRequestTimeout = new WeakSet<Duplex>();
