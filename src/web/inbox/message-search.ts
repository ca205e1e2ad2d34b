import type { Chat, Search } from '../../client/chat/index.ts';
import { createStore, type Store } from '../store.ts';

interface State {
  /** As typed. */
  typed: string;
  /** Only the conversation with this user. */
  peer: string | undefined;
  /** Finds what was typed. */
  search: Search;
  /** Another number each time the field is to have the focus. */
  turn: number;
}

/** The search for private messages, as the user controls it. It stays while the user looks at what was found. */
export interface MessageSearch extends Store<State> {
  type(text: string): void;
  /** Begins another search, in one conversation. */
  startWithin(peer: string): void;
  /** Looks in all conversations again. */
  everywhere(): void;
  end(): void;
}

/** The server refuses longer ones. */
export const maxQueryLength = 200;

/** Whether the search takes the place of the list of conversations. */
export const isSearching = ({ typed, peer }: State): boolean => typed.trim() !== '' || peer !== undefined;

export function createMessageSearch(chat: Chat): MessageSearch {
  const begin = (typed: string, peer: string | undefined, turn: number): State => {
    const search = chat.search({ in: peer === undefined ? 'inbox' : { peer } });
    search.setQuery(typed);
    return { typed, peer, search, turn };
  };
  const store = createStore(begin('', undefined, 0));
  const restart = (typed: string, peer?: string) => store.set(begin(typed, peer, store.get().turn + 1));

  return {
    get: store.get,
    subscribe: store.subscribe,
    type(typed) {
      store.set({ ...store.get(), typed });
      store.get().search.setQuery(typed);
    },
    startWithin: (peer) => restart('', peer),
    everywhere: () => restart(store.get().typed),
    end: () => restart(''),
  };
}
