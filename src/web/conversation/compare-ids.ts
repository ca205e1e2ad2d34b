/**
 * Orders message ids: in rooms `<ms>-<seq>`, in the inbox whole numbers, increasing with every message. Negative if `a` is
 * older.
 */
export function compareIds(a: string, b: string): number {
  const [aMs = 0, aSeq = 0] = a.split('-').map(Number);
  const [bMs = 0, bSeq = 0] = b.split('-').map(Number);
  return aMs - bMs || aSeq - bSeq;
}
