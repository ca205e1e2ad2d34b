import { useQuery } from '@tanstack/react-query';
import { useSession } from '../session/session.ts';
import { useSettled } from '../ui/use-settled.ts';

const maxPeople = 5;

/** People whose names begin with what has been typed, a moment after the last letter; nobody for nothing. */
export function usePeople(typed: string): readonly { username: string }[] {
  const { client } = useSession();
  const prefix = useSettled(typed.trim());
  const { data = [] } = useQuery({
    queryKey: ['people', prefix],
    queryFn: () => client.users.search.query({ prefix, limit: maxPeople }),
    enabled: prefix !== '',
  });
  return prefix === '' ? [] : data;
}
