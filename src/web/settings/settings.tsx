import { type ReactNode, useId } from 'react';
import { hrefOf } from '../route.ts';
import { notificationState, setNotifications } from '../shell/notifications.ts';
import { setTheme, theme, themes } from '../shell/theme.ts';
import { useStore } from '../state/store.ts';
import { text } from '../text.ts';
import { ViewHeader } from '../ui/view-header.tsx';
import { BlockedUsers } from './blocked-users.tsx';
import { PasswordForm } from './password-form.tsx';
import { PrivacyForm } from './privacy-form.tsx';
import { ProfileForm } from './profile-form.tsx';
import { SessionSettings } from './session-settings.tsx';

const words = text.settings;

export function Settings() {
  return (
    <div className="view">
      <ViewHeader title={words.title} back={hrefOf({ page: 'rooms' })} />
      <div className="settings">
        <Section title={words.profile} hint={words.profileHint}>
          <ProfileForm />
        </Section>
        <Section title={words.password} hint={words.passwordHint}>
          <PasswordForm />
        </Section>
        <Section title={text.privacy.title} hint={text.privacy.hint}>
          <PrivacyForm />
        </Section>
        <Section title={text.privacy.blocked} hint={text.privacy.blockedHint}>
          <BlockedUsers />
        </Section>
        <Section title={words.appearance} hint={words.appearanceHint}>
          <Appearance />
        </Section>
        <Section title={words.notifications} hint={words.notificationsHint}>
          <Notifications />
        </Section>
        <Section title={words.session} hint={words.sessionHint}>
          <SessionSettings />
        </Section>
      </div>
    </div>
  );
}

function Section({ title, hint, children }: { title: string; hint: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className="section" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <p className="hint">{hint}</p>
      {children}
    </section>
  );
}

function Appearance() {
  const current = useStore(theme);
  return (
    <fieldset className="choices choices-row">
      <legend className="visually-hidden">{words.appearance}</legend>
      {themes.map((name) => (
        <label key={name} className="choice">
          <input type="radio" name="theme" checked={name === current} onChange={() => setTheme(name)} />
          {text.shell.themes[name]}
        </label>
      ))}
    </fieldset>
  );
}

function Notifications() {
  const state = useStore(notificationState);
  if (state === 'unavailable') return <p>{words.notifyUnavailable}</p>;
  return (
    <>
      <label className="choice">
        <input
          type="checkbox"
          checked={state !== 'off'}
          onChange={(event) => void setNotifications(event.currentTarget.checked)}
        />
        {words.notify}
      </label>
      {state === 'denied' && <p className="error">{words.notifyDenied}</p>}
    </>
  );
}
