import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** Makes the next reads come from the disk, as after a restart of the machine. Only root on Linux can: returns whether it did. */
export function dropPageCache(): boolean {
  try {
    execFileSync('sync');
    writeFileSync('/proc/sys/vm/drop_caches', '3');
    return true;
  } catch {
    return false;
  }
}
