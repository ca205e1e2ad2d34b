import { applyPresence, type Present } from '../presence.ts';
import type { Cell, Core, Work } from './core.ts';
import type { Target } from './types.ts';
import type { Typing } from './typing.ts';

/** Who is there, and who is typing. */
export interface Company {
  readonly online: Cell<ReadonlySet<string>>;
  readonly typing: Cell<readonly string[]>;
  /** The user of the conversation may have come or gone. */
  touch(): void;
}

const nobody: ReadonlySet<string> = new Set();

/** Of a room. */
export function createRoomCompany(core: Core, roomId: number, heard: Typing): Company {
  const work = core.work(() => {
    let present: Present | undefined;
    const subscription = core.client.chat.onPresence.subscribe(
      { roomId },
      {
        onData(event) {
          present = applyPresence(present, event);
          for (const name of event.type === 'state' ? typing.getSnapshot() : (event.idle ?? []))
            if (!present.typing.has(name)) heard.hear(name, false);
          // It is told only once, however long somebody goes on.
          for (const name of present.typing) heard.hear(name, true, true);
          online.set(present.online);
        },
        onConnectionStateChange({ state }) {
          if (state === 'connecting') heard.clear();
        },
        onError(cause) {
          core.check(cause);
          leave();
        },
      },
    );
    return () => {
      subscription.unsubscribe();
      leave();
    };
  });
  const online = core.cell(nobody, work);
  const typing = core.cell<readonly string[]>([], work);
  heard.onChange(typing.set);

  function leave(): void {
    heard.clear();
    online.set(nobody);
  }

  return { online, typing, touch() {} };
}

/** Of the conversation with a user, whose typing the inbox tells. */
export function createPeerCompany(
  core: Core,
  { peer }: Extract<Target, { peer: string }>,
  {
    heard,
    inboxWork,
    presence,
  }: {
    heard: Typing;
    inboxWork: Work;
    presence: { work: Work; isOnline(): boolean };
  },
): Company {
  const alone: ReadonlySet<string> = new Set([peer]);
  const online = core.cell(nobody, presence.work);
  const typing = core.cell<readonly string[]>([], inboxWork);
  heard.onChange(typing.set);
  return { online, typing, touch: () => online.set(presence.isOnline() ? alone : nobody) };
}
