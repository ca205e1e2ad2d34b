import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { observeAnswers } from './observe.mjs';

// For servers in other processes. Written synchronously, because tests may kill them at any time.
const folder = process.env.RECORD_ANSWERS_IN;
if (folder)
  observeAnswers((answer) =>
    appendFileSync(join(folder, `${process.pid}.jsonl`), `${JSON.stringify(answer)}\n`),
  );
