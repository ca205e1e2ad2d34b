import { useQuery } from '@tanstack/react-query';
import { useSession } from '../state/session.ts';

/** For how long one's own messages can be edited; 0 where the server does not allow it, and until that is known. */
export function useEditableMs(): number {
  const { client } = useSession();
  const { data: info } = useQuery({
    queryKey: ['server info'],
    queryFn: () => client.server.info.query(),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (info?.limits.editWindowSeconds ?? 0) * 1000;
}
