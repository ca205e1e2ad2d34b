import { useQuery } from '@tanstack/react-query';
import { useSession } from '../session/session.ts';

export const waysInKey = ['waysIn'];

/** How the account can be logged in to. Undefined until that is known. */
export function useWaysIn() {
  const { client } = useSession();
  return useQuery({ queryKey: waysInKey, queryFn: () => client.auth.listOidc.query() }).data;
}
