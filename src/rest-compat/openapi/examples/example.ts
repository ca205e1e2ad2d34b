import type { Reason } from '../../../server/core/errors.ts';
import type { Person, StepName } from './steps.ts';

/** A request. `{{ada}}` stands for ada's token. */
export interface ExampleRequest {
  /** Steps to take first on a new server, in this order. */
  after?: readonly StepName[];
  /** The user whose token is sent in `Authorization`. */
  as?: Person;
  /** The body for POST, the query and path parameters for GET. */
  fields?: Record<string, unknown>;
}

export interface Success extends ExampleRequest {
  summary: string;
  /** The body of the response. */
  response: unknown;
}

/**
 * The examples of a route. `refusals.ts` generates those that all routes share, based on the first success.
 */
export interface OperationExamples {
  successes: Record<string, Success>;
  /** The request that causes each refusal on a new server. */
  refusals?: { [R in Reason | 'BAD_INPUT']?: ExampleRequest };
}
