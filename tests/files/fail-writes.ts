import fs from 'node:fs';
import { onTestFinished, vi } from 'vitest';

/** All writing into files fails until the test ends, as it does where the disk is full. */
export function failWrites(error: Error): void {
  // safe: the last argument is called back
  const fail = (...given: unknown[]) => (given.at(-1) as (error: Error) => void)(error);
  for (const name of ['write', 'writev'] as const) {
    const spy = vi.spyOn(fs, name).mockImplementation(fail as never); // safe: as above
    onTestFinished(() => spy.mockRestore());
  }
}
