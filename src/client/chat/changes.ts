import type { Core } from './core.ts';
import { keyOfMessage, type Overlay } from './messages.ts';
import type { Source } from './source.ts';
import type { Change, Delivered } from './strip.ts';
import type { Window } from './timeline.ts';
import type { Conversation } from './types.ts';

/** What the user changes of messages, which is shown at once and taken back where it is refused. */
export interface Changes extends Pick<Conversation, 'edit' | 'remove' | 'react' | 'unreact'> {
  readonly overlays: ReadonlyMap<string, Overlay>;
  /** An event has come, which may be that of a change. */
  confirm(event: Change): void;
}

interface Options {
  source: Source;
  windows: ReadonlySet<Window>;
  me(): string;
  onChange(): void;
}

interface Pending extends Overlay {
  isAnswered: boolean;
  isConfirmed(message: Delivered): boolean;
}

export function createChanges(core: Core, { source, windows, me, onChange }: Options): Changes {
  const overlays = new Map<string, Pending>();

  const rows = () => [...windows].flatMap(({ strip }) => strip.rows);
  const idOf = (key: string): string => rows().find(({ data }) => keyOfMessage(data) === key)?.data.id ?? key;

  async function change(
    key: string,
    overlay: Omit<Pending, 'isAnswered'>,
    call: (id: string) => Promise<unknown>,
  ): Promise<void> {
    const id = idOf(key);
    const pending: Pending = { ...overlay, isAnswered: false };
    overlays.set(id, pending);
    show();
    try {
      await call(id);
      pending.isAnswered = true;
      const row = rows().find(({ data }) => data.id === id)?.data;
      if (!row || pending.isConfirmed(row)) drop();
    } catch (cause) {
      drop();
      throw cause;
    }
    function drop(): void {
      if (overlays.get(id) === pending) overlays.delete(id);
      show();
    }
    function show(): void {
      onChange();
      core.flush();
    }
  }

  const hasReaction = ({ reactions }: Delivered, emoji: string) =>
    reactions.some((reaction) => reaction.emoji === emoji && reaction.users.includes(me()));

  function withReaction(message: Delivered, emoji: string, isOn: boolean): Delivered {
    if (hasReaction(message, emoji) === isOn) return message;
    const others = message.reactions.map((reaction) =>
      reaction.emoji === emoji ? { emoji, users: reaction.users.filter((name) => name !== me()) } : reaction,
    );
    if (!isOn) return { ...message, reactions: others.filter(({ users }) => users.length > 0) };
    const own = others.find((reaction) => reaction.emoji === emoji);
    const reactions = own
      ? others.map((reaction) => (reaction === own ? { emoji, users: [...own.users, me()] } : reaction))
      : [...others, { emoji, users: [me()] }];
    return { ...message, reactions };
  }

  const react = (key: string, emoji: string, isOn: boolean) =>
    change(
      key,
      {
        pending: 'reaction',
        apply: (message) => withReaction(message, emoji, isOn),
        isConfirmed: (message) => hasReaction(message, emoji) === isOn,
      },
      (id) => source.react(id, emoji, isOn),
    );

  return {
    overlays,
    /** Once the call is answered, its event brings the message as it is then. */
    confirm(event) {
      const id = event.type === 'edited' ? event.message.id : event.type === 'reaction' ? event.id : '';
      if (overlays.get(id)?.isAnswered) overlays.delete(id);
    },
    edit: (key, text) => {
      let editedAt: string | null = null;
      return change(
        key,
        {
          pending: 'edit',
          apply: (message) => ({ ...message, text }),
          isConfirmed: (message) => message.editedAt !== null && message.editedAt >= (editedAt ?? ''),
        },
        async (id) => {
          ({ editedAt } = await source.edit(id, text));
        },
      );
    },
    remove: (key, scope = 'everyone') =>
      change(key, { pending: 'remove', apply: (message) => message, isConfirmed: () => true }, async (id) => {
        await source.remove(id, scope);
        // What is gone does not come back, so this needs no order.
        for (const window of windows) window.event({ type: 'deleted', id, at: [0, 0] });
      }),
    react: (key, emoji) => react(key, emoji, true),
    unreact: (key, emoji) => react(key, emoji, false),
  };
}
