import type { Reason } from '../../../server/errors.ts';
import type { Person, StepName } from './steps.ts';

/** What is asked. `{{ada}}` stands for her token. */
export interface Question {
  /** What has to have happened on a fresh server, in this order. */
  after?: readonly StepName[];
  /** Whose token is in `Authorization`. */
  as?: Person;
  /** The body for POST; the query and the parts of the path for GET. */
  fields?: Record<string, unknown>;
}

export interface Success extends Question {
  summary: string;
  /** The body of the answer. */
  gives: unknown;
}

/**
 * What one route is shown by. What all routes of a kind refuse alike has its examples made in `refusals.ts`, from the
 * first success where a question is needed.
 */
export interface OperationExamples {
  successes: Record<string, Success>;
  /** How a fresh server is brought to each refusal. */
  refusals?: { [R in Reason | 'BAD_INPUT']?: Question };
}
