import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { useSession } from '../session/session.ts';
import { text } from '../text.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { useMembers } from './use-rooms.ts';

interface MembersProps {
  roomId: number;
  online: ReadonlySet<string>;
  onPerson(username: string): void;
}

const rowPx = 48;

/** Online members first. Only the visible rows are rendered. */
export function Members({ roomId, online, onPerson }: MembersProps) {
  const { username: self } = useSession();
  const { data = [], isPending, isError } = useMembers(roomId);
  const scroller = useRef<HTMLDivElement>(null);
  const isOnline = (username: string) => online.has(username);
  const members = [...data].sort((a, b) => Number(isOnline(b.username)) - Number(isOnline(a.username)));
  const virtualizer = useVirtualizer({
    count: members.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => members[index]?.username ?? index,
  });

  if (isPending) return <Skeleton rows={3} />;
  if (isError && data.length === 0) return <Notice kind="error">{text.members.failed}</Notice>;
  return (
    <div className="members" ref={scroller}>
      <ul className="members-rows" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ key, index, start }) => {
          const username = members[index]?.username ?? '';
          return (
            <li key={key} className="members-row" style={{ transform: `translateY(${start}px)` }}>
              <button
                type="button"
                className="list-item"
                aria-label={text.members.status(username, isOnline(username))}
                onClick={() => onPerson(username)}
              >
                <span className={`presence ${isOnline(username) ? 'presence-online' : ''}`}>
                  <Avatar username={username} size="small" />
                </span>
                <bdi className="list-name">{username}</bdi>
                {username === self && <span className="hint">{text.common.you}</span>}
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
