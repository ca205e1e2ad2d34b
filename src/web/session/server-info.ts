import { useQuery } from '@tanstack/react-query';
import { useSession } from './session.ts';

/** How the server is set up. Undefined until that is known, and without `isNeeded`. */
export function useServerInfo(isNeeded = true) {
  const { client } = useSession();
  return useQuery({
    queryKey: ['server info'],
    queryFn: () => client.server.info.query(),
    staleTime: Number.POSITIVE_INFINITY,
    enabled: isNeeded,
  }).data;
}
