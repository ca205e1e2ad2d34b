import { useCallback, useEffect, useState } from 'react';
import { useChat, useUnread } from '../../client/react/index.ts';
import { InboxPane } from '../inbox/inbox-pane.tsx';
import { InboxView } from '../inbox/inbox-view.tsx';
import { RoomView } from '../rooms/room-view.tsx';
import { RoomsPane } from '../rooms/rooms-pane.tsx';
import { hrefOf, type Route, useRoute } from '../route.ts';
import { useSwitcherKey } from '../switcher/use-switcher-key.ts';
import { text } from '../text.ts';
import { announce } from '../ui/announcer.tsx';
import { Badge } from '../ui/badge.tsx';
import { Empty } from '../ui/empty.tsx';
import { InboxIcon, JumpIcon, RoomsIcon } from '../ui/icons.tsx';
import { lazyComponent, preloadComponents } from '../ui/lazy-component.tsx';
import { Logo } from '../ui/logo.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { startNotifying } from './notifications.ts';

const Settings = lazyComponent(async () => (await import('../settings/settings.tsx')).Settings);
const InvitePage = lazyComponent(async () => (await import('../rooms/invite-page.tsx')).InvitePage);
const Switcher = lazyComponent(async () => (await import('../switcher/switcher.tsx')).Switcher);
const UserMenu = lazyComponent(async () => (await import('./user-menu.tsx')).UserMenu);

/** The list and the selected item: side by side, or one at a time on narrow screens. */
export function Shell() {
  const route = useRoute();
  const { inRooms, inInbox } = useUnread();
  const chat = useChat();
  const [isSwitching, setSwitching] = useState(false);
  useSwitcherKey(useCallback(() => setSwitching(true), []));
  useEffect(() => startNotifying(chat), [chat]);
  useTitle(inRooms + inInbox);
  // Clears announcements before the next user logs in.
  useEffect(() => () => announce(''), []);
  useEffect(preloadComponents, []);

  return (
    <div className="shell" data-view={isChosen(route) ? 'detail' : 'list'}>
      <ConnectionBanner />
      <div className="sidebar">
        <header className="sidebar-header">
          <button type="button" className="skip" onClick={() => document.getElementById('content')?.focus()}>
            {text.common.skip}
          </button>
          {!isChosen(route) && (
            <h1 className="visually-hidden">
              {route.page === 'inbox' ? text.shell.inbox : text.shell.rooms}
            </h1>
          )}
          <a className="brand" href={hrefOf({ page: 'rooms' })}>
            <Logo />
            {text.name}
          </a>
          <button
            type="button"
            className="button-icon sidebar-jump"
            aria-label={text.shell.goTo}
            title={text.shell.goTo}
            onClick={() => setSwitching(true)}
          >
            <JumpIcon />
          </button>
          <UserMenu />
        </header>
        <nav className="tabs" aria-label={text.shell.sections}>
          <Tab
            to={{ page: 'rooms' }}
            route={route}
            icon={<RoomsIcon />}
            label={text.shell.rooms}
            unread={inRooms}
          />
          <Tab
            to={{ page: 'inbox' }}
            route={route}
            icon={<InboxIcon />}
            label={text.shell.inbox}
            unread={inInbox}
          />
        </nav>
        {route.page === 'inbox' ? (
          <InboxPane peer={route.peer} messageId={route.messageId} />
        ) : (
          <RoomsPane roomId={route.page === 'rooms' ? route.roomId : undefined} />
        )}
      </div>
      <main className="content" id="content" tabIndex={-1}>
        <Content route={route} />
      </main>
      {isSwitching && <Switcher onClose={() => setSwitching(false)} />}
    </div>
  );
}

function Content({ route }: { route: Route }) {
  if ('token' in route || route.page === 'oidc') return null; // pages of their own
  if (route.page === 'settings') return <Settings />;
  if (route.page === 'invite') return <InvitePage key={route.code} code={route.code} />;
  if (route.page === 'inbox')
    return route.peer === undefined ? (
      <Empty icon={<InboxIcon />} title={text.inbox.choose} hint={text.inbox.chooseHint} />
    ) : (
      <InboxView key={route.peer} peer={route.peer} messageId={route.messageId} />
    );
  return route.roomId === undefined ? (
    <Empty icon={<RoomsIcon />} title={text.rooms.choose} hint={text.rooms.chooseHint} />
  ) : (
    <RoomView key={route.roomId} roomId={route.roomId} messageId={route.messageId} />
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
  return route.page !== 'inbox' || route.peer !== undefined;
}

function useTitle(unread: number): void {
  useEffect(() => {
    document.title = unread > 0 ? `(${text.shell.unread(unread)}) ${text.name}` : text.name;
    return () => {
      document.title = text.name;
    };
  }, [unread]);
}
