import * as accounts from './accounts.ts';
import type { OperationExamples } from './example.ts';
import * as files from './files.ts';
import * as inbox from './inbox.ts';
import * as profiles from './profiles.ts';
import * as rooms from './rooms.ts';

const all: Record<string, OperationExamples> = { ...accounts, ...profiles, ...inbox, ...rooms, ...files };

/** The examples of an operation. Throws if it has none. */
export function examplesOf(operationId: string): OperationExamples {
  const examples = all[operationId];
  if (!examples) throw new Error(`${operationId} has no examples`);
  return examples;
}
