import { factorsText } from '../account/factors-text.ts';
import { laterText } from '../later-text.ts';
import { hrefOf } from '../route.ts';
import { notificationState, setNotifications } from '../shell/notifications.ts';
import { setTheme, theme, themes } from '../shell/theme.ts';
import { useStore } from '../store.ts';
import { text } from '../text.ts';
import { ViewHeader } from '../ui/view-header.tsx';
import { chooseLanguage, chosen, type Language, languages } from '../words/language.ts';
import { AccessTokens } from './access-tokens.tsx';
import { accessTokensText } from './access-tokens-text.ts';
import { BlockedUsers } from './blocked-users.tsx';
import { DeleteAccount } from './delete-account.tsx';
import { LinkedLogIns } from './linked-log-ins.tsx';
import { OwnData } from './own-data.tsx';
import { ownDataText } from './own-data-text.ts';
import { PasswordForm } from './password-form.tsx';
import { PrivacyForm } from './privacy-form.tsx';
import { ProfileForm } from './profile-form.tsx';
import { SecondFactors } from './second-factors.tsx';
import { Section } from './section.tsx';
import { SessionSettings } from './session-settings.tsx';

const words = laterText.settings;

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
        <Section title={factorsText.settings.title} hint={factorsText.settings.hint}>
          <SecondFactors />
        </Section>
        <LinkedLogIns />
        <Section title={laterText.privacy.title} hint={laterText.privacy.hint}>
          <PrivacyForm />
        </Section>
        <Section title={laterText.privacy.blocked} hint={laterText.privacy.blockedHint}>
          <BlockedUsers />
        </Section>
        <Section title={words.appearance} hint={words.appearanceHint}>
          <Appearance />
        </Section>
        <Section title={words.language} hint={words.languageHint}>
          <LanguageChoice />
        </Section>
        <Section title={words.notifications} hint={words.notificationsHint}>
          <Notifications />
        </Section>
        <Section title={words.session} hint={words.sessionHint}>
          <SessionSettings />
        </Section>
        <Section title={accessTokensText.title} hint={accessTokensText.hint}>
          <AccessTokens />
        </Section>
        <Section title={ownDataText.title} hint={ownDataText.hint}>
          <OwnData />
        </Section>
        <Section title={ownDataText.leave} hint={ownDataText.leaveHint}>
          <DeleteAccount />
        </Section>
      </div>
    </div>
  );
}

function LanguageChoice() {
  const choices = Object.entries(languages) as [Language, string][]; // safe: its keys are the languages
  const options: [Language | undefined, string][] = [[undefined, words.browserLanguage], ...choices];
  return (
    <fieldset className="choices choices-row">
      <legend className="visually-hidden">{words.language}</legend>
      {options.map(([tag, name]) => (
        <label key={name} className="choice" lang={tag}>
          <input type="radio" name="language" checked={tag === chosen} onChange={() => chooseLanguage(tag)} />
          {name}
        </label>
      ))}
    </fieldset>
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
