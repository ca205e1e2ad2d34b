import { useEffect, useRef } from 'react';
import { InboxPane } from '../inbox/inbox-pane.tsx';
import { InboxView } from '../inbox/inbox-view.tsx';
import { useUnreadInInbox } from '../inbox/unread.ts';
import { RoomView } from '../rooms/room-view.tsx';
import { RoomsPane } from '../rooms/rooms-pane.tsx';
import { useUnreadInRooms } from '../rooms/unread.ts';
import { useJoinedRooms } from '../rooms/use-rooms.ts';
import { hrefOf, type Route, useRoute } from '../route.ts';
import { useSession } from '../state/session.ts';
import { text } from '../text.ts';
import { announce } from '../ui/announcer.tsx';
import { Badge } from '../ui/badge.tsx';
import { Empty } from '../ui/empty.tsx';
import { InboxIcon, RoomsIcon } from '../ui/icons.tsx';
import { later, loadTheRest } from '../ui/later.tsx';
import { Logo } from '../ui/logo.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { startNotifying } from './notifications.ts';

const Settings = later(async () => (await import('../settings/settings.tsx')).Settings);
const UserMenu = later(async () => (await import('./user-menu.tsx')).UserMenu);

/** A list and what was chosen from it: side by side, or one at a time where there is no room for both. */
export function Shell() {
  const route = useRoute();
  const unreadInInbox = useUnreadInInbox();
  const unreadInRooms = useUnreadInRooms();
  useFollowedRooms(route.page === 'rooms' ? route.roomId : undefined);
  useTitle(unreadInInbox + unreadInRooms);
  // What has been read out to one user is not left to the next.
  useEffect(() => () => announce(''), []);
  useEffect(loadTheRest, []);

  return (
    <div className="shell" data-view={isChosen(route) ? 'detail' : 'list'}>
      <button type="button" className="skip" onClick={() => document.getElementById('content')?.focus()}>
        {text.common.skip}
      </button>
      <ConnectionBanner />
      <div className="sidebar">
        <header className="sidebar-header">
          <a className="brand" href={hrefOf({ page: 'rooms' })}>
            <Logo />
            {text.name}
          </a>
          <UserMenu />
        </header>
        <nav className="tabs" aria-label={text.shell.sections}>
          <Tab
            to={{ page: 'rooms' }}
            route={route}
            icon={<RoomsIcon />}
            label={text.shell.rooms}
            unread={unreadInRooms}
          />
          <Tab
            to={{ page: 'inbox' }}
            route={route}
            icon={<InboxIcon />}
            label={text.shell.inbox}
            unread={unreadInInbox}
          />
        </nav>
        {route.page === 'inbox' ? (
          <InboxPane peer={route.peer} />
        ) : (
          <RoomsPane roomId={route.page === 'rooms' ? route.roomId : undefined} />
        )}
      </div>
      <main className="content" id="content" tabIndex={-1}>
        <Content route={route} />
      </main>
    </div>
  );
}

function Content({ route }: { route: Route }) {
  if (route.page === 'settings') return <Settings />;
  if (route.page === 'inbox')
    return route.peer === undefined ? (
      <Empty icon={<InboxIcon />} title={text.inbox.choose} hint={text.inbox.chooseHint} />
    ) : (
      <InboxView key={route.peer} peer={route.peer} />
    );
  return route.roomId === undefined ? (
    <Empty icon={<RoomsIcon />} title={text.rooms.choose} hint={text.rooms.chooseHint} />
  ) : (
    <RoomView key={route.roomId} roomId={route.roomId} />
  );
}

interface TabProps {
  to: Route;
  route: Route;
  icon: React.ReactNode;
  label: string;
  unread: number;
}

function Tab({ to, route, icon, label, unread }: TabProps) {
  return (
    <a className="tab" href={hrefOf(to)} aria-current={route.page === to.page ? 'true' : undefined}>
      {icon}
      {label}
      <Badge count={unread} />
    </a>
  );
}

function isChosen(route: Route): boolean {
  if (route.page === 'rooms') return route.roomId !== undefined;
  return route.page === 'settings' || route.peer !== undefined;
}

/** Messages of all joined rooms arrive, not only those of the one in view; that one does in any case. */
function useFollowedRooms(inView: number | undefined): void {
  const session = useSession();
  const { data } = useJoinedRooms();
  const names = useRef(new Map<number, string>());
  useEffect(() => {
    if (!data) return;
    names.current = new Map(data.map(({ id, name }) => [id, name]));
    const ids = data.map(({ id }) => id);
    session.followRooms([...ids.filter((id) => id === inView), ...ids]);
  }, [session, data, inView]);
  useEffect(() => startNotifying(session, (roomId) => names.current.get(roomId) ?? ''), [session]);
}

function useTitle(unread: number): void {
  useEffect(() => {
    document.title = unread > 0 ? `(${text.shell.unread(unread)}) ${text.name}` : text.name;
    return () => {
      document.title = text.name;
    };
  }, [unread]);
}
