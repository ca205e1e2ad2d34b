import { type BodyFault, bodyFaults } from '../server/http/body.ts';
import type { LegacyError } from './route.ts';

const textOf = (fault: BodyFault) => bodyFaults[fault][1];

/** Replies to bodies that no route takes. */
export const bodyErrors: Record<BodyFault, LegacyError> = {
  WRONG_CONTENT_TYPE: [415, textOf('WRONG_CONTENT_TYPE')],
  COMPRESSED: [415, textOf('COMPRESSED')],
  TOO_LARGE: [413, textOf('TOO_LARGE')],
  NOT_UTF8: [400, textOf('NOT_UTF8')],
  NOT_JSON: [400, textOf('NOT_JSON')],
  NOT_AN_OBJECT: [400, textOf('NOT_AN_OBJECT')],
};
