import type { QueryClient, QueryKey } from '@tanstack/react-query';

/**
 * Fetches again what is on the screen. A first fetch that is under way, which `invalidateQueries` alone would wait
 * for, is started again as well: its answer may be from before the change.
 */
export async function refresh(queries: QueryClient, queryKey: QueryKey = []): Promise<void> {
  await queries.cancelQueries({ queryKey });
  await queries.invalidateQueries({ queryKey });
}
