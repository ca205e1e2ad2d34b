import type { Place } from './place.ts';
import type { Delivered, Strip } from './strip.ts';

/** The newest messages of a conversation, as they can be stored and sent. */
export interface Part {
  rows: readonly { data: Delivered; at: Place }[];
  /** Whether the server has older ones. */
  hasOlder: boolean;
}

const maxRows = 50;

export const partOf = ({ rows, hasOlder }: Strip): Part => ({
  rows: rows.slice(-maxRows).map(({ data, at }) => ({ data, at })),
  hasOlder: hasOlder || rows.length > maxRows,
});
