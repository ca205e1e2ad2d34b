import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import { logOut } from '../account/account.ts';
import { navigate } from '../route.ts';
import { useSession } from '../session/session.ts';
import { useStore } from '../store.ts';
import { text } from '../text.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Modal } from '../ui/dialog.tsx';
import { Failure } from '../ui/empty.tsx';
import { CheckIcon, GearIcon, KeyboardIcon, LeaveIcon } from '../ui/icons.tsx';
import { hasKeyboard } from '../ui/media.ts';
import { KeyboardHelp } from './keyboard-help.tsx';
import { setTheme, theme, themes } from './theme.ts';

export function UserMenu() {
  const { username } = useSession();
  const current = useStore(theme);
  const [failure, setFailure] = useState<unknown>();
  const [isHelping, setHelp] = useState(false);
  const words = text.shell;
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className="user-menu" aria-label={words.menu(username)}>
          <Avatar username={username} size="small" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
            <DropdownMenu.Label className="menu-name">
              <bdi>{username}</bdi>
            </DropdownMenu.Label>
            <DropdownMenu.Item className="menu-item" onSelect={() => navigate({ page: 'settings' })}>
              <GearIcon />
              {words.settings}
            </DropdownMenu.Item>
            <DropdownMenu.Separator className="menu-separator" />
            <DropdownMenu.Label className="menu-label">{words.theme}</DropdownMenu.Label>
            <DropdownMenu.RadioGroup value={current}>
              {themes.map((name) => (
                <DropdownMenu.RadioItem
                  key={name}
                  className="menu-item menu-choice"
                  value={name}
                  onSelect={() => setTheme(name)}
                >
                  {words.themes[name]}
                  <DropdownMenu.ItemIndicator>
                    <CheckIcon />
                  </DropdownMenu.ItemIndicator>
                </DropdownMenu.RadioItem>
              ))}
            </DropdownMenu.RadioGroup>
            <DropdownMenu.Separator className="menu-separator" />
            {hasKeyboard() && (
              <DropdownMenu.Item className="menu-item" onSelect={() => setHelp(true)}>
                <KeyboardIcon />
                {words.keyboard}
              </DropdownMenu.Item>
            )}
            <DropdownMenu.Item className="menu-item" onSelect={() => void logOut().catch(setFailure)}>
              <LeaveIcon />
              {words.logOut}
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {isHelping && <KeyboardHelp onClose={() => setHelp(false)} />}
      {failure !== undefined && (
        <Modal title={words.logOut} onClose={() => setFailure(undefined)}>
          <Failure title={words.logOutFailed} error={failure} />
        </Modal>
      )}
    </>
  );
}
