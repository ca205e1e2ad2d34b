import { isolate, phrasesIn } from './phrases.ts';
import type { Texts } from './texts.ts';

const { count, duration, fileSize, list } = phrasesIn('de', {
  year: ['Jahr', 'Jahre'],
  month: ['Monat', 'Monate'],
  week: ['Woche', 'Wochen'],
  day: ['Tag', 'Tage'],
  hour: ['Stunde', 'Stunden'],
  minute: ['Minute', 'Minuten'],
  second: ['Sekunde', 'Sekunden'],
  byte: ['Byte', 'Byte'],
});

const messages = (number: number) => count(number, 'Nachricht', 'Nachrichten');
const members = (number: number) => count(number, 'Mitglied', 'Mitglieder');
const characters = (number: number) => `${number} Zeichen`;
const name = 'Ungültiger Benutzername. Er kann bis zu 100 Zeichen lang sein und darf nicht leer sein.';
const roomName = 'Ungültiger Raumname. Er kann bis zu 100 Zeichen lang sein und darf nicht leer sein.';
const longDescription = 'Deine Beschreibung ist zu lang. Sie kann bis zu 500 Wörter haben.';

/** All of the user interface in German. */
export const german: Texts = {
  text: {
    name: 'Mirage',
    tagline: 'Gruppenräume und private Nachrichten.',

    failures: {
      reasons: {
        INVALID_INPUT: 'Ungültige Eingabe. Prüfe, was du eingegeben hast, und versuche es noch einmal.',
        DESCRIPTION_TOO_LONG: longDescription,
        UNAUTHORIZED: 'Deine Sitzung ist beendet. Melde dich wieder an.',
        INVALID_CREDENTIALS:
          'Falscher Benutzername oder falsches Passwort. Groß- und Kleinschreibung zählt bei beiden.',
        PROOF_REQUIRED: 'Melde dich zuerst neu an, um zu zeigen, dass du es bist.',
        USER_NOT_FOUND: 'Benutzer nicht gefunden. Groß- und Kleinschreibung zählt.',
        EMAIL_NOT_VERIFIED:
          'Bestätige zuerst deine E-Mail-Adresse: Öffne den Link, der dorthin gesendet wurde.',
        LINK_EXPIRED: 'Dieser Link ist nicht oder nicht mehr gültig. Fordere einen neuen an.',
        ISSUER_UNAVAILABLE: 'Dieser Anmeldedienst antwortet nicht. Versuche es später noch einmal.',
        ISSUER_REFUSED: 'Die Anmeldung wurde nicht bestätigt. Beginne von vorn.',
        LOGIN_EXPIRED: 'Diese Anmeldung ist abgelaufen. Beginne von vorn.',
        IDENTITY_TAKEN: 'Diese Anmeldung gehört schon zu einem Konto.',
        ADDRESS_DIFFERS: 'Der Anmeldedienst muss die E-Mail-Adresse deines Kontos bestätigt haben.',
        LAST_WAY_IN: 'Du könntest dich nicht mehr anmelden. Lege zuerst ein Passwort fest.',
        MAIL_OFF: 'Dieser Server sendet keine E-Mails. Bitte seine Verwaltung um Hilfe.',
        WEAK_PASSWORD:
          'Wähle ein anderes Passwort: mindestens 8 Zeichen, kein verbreitetes und nicht deinen Namen.',
        USERNAME_TAKEN: 'Dieser Benutzername ist vergeben. Wähle einen anderen.',
        EMAIL_TAKEN: 'Es gibt schon ein Konto mit dieser E-Mail-Adresse.',
        RECIPIENT_NOT_FOUND: 'Benutzer nicht gefunden. Groß- und Kleinschreibung zählt.',
        RECIPIENT_UNAVAILABLE: 'Dieser Benutzer nimmt keine Nachrichten von dir an.',
        BLOCK_LIMIT:
          'Du hast so viele Benutzer blockiert, wie dieser Server erlaubt. Hebe zuerst eine Blockierung auf.',
        MESSAGE_NOT_FOUND: 'Diese Nachricht wurde schon gelöscht.',
        NOT_THE_SENDER: 'Nur wer eine Nachricht gesendet hat, kann sie bearbeiten.',
        EDIT_WINDOW_OVER: 'Es ist zu spät, um diese Nachricht zu bearbeiten.',
        TOO_MANY_REACTIONS: 'Du kannst dieser Nachricht keine weiteren Emojis hinzufügen.',
        ROOM_NOT_FOUND: 'Raum nicht gefunden. Vielleicht wurde er gelöscht.',
        ROOM_NAME_TAKEN: 'Es gibt schon einen Raum mit diesem Namen. Wähle einen anderen Namen.',
        KEPT_ROOMS_OFF:
          'Dieser Server bewahrt die Nachrichten von Räumen nicht auf. Erstelle einen Raum, dessen Nachrichten verschwinden.',
        PUBLIC_ROOM_LIMIT:
          'Dieser Server kann keine weiteren öffentlichen Räume aufnehmen. Lege ein Passwort fest, um den Raum privat zu machen, oder versuche es später noch einmal.',
        ROOM_LIMIT: 'Du hast so viele Räume erstellt, wie dieser Server erlaubt. Lösche zuerst einen.',
        MEMBERSHIP_LIMIT: 'Du bist in so vielen Räumen, wie dieser Server erlaubt. Verlasse zuerst einen.',
        ANSWER_TOO_LARGE: 'Das ist zu viel, um es auf einmal zu zeigen.',
        NOT_A_MEMBER: 'Du bist kein Mitglied dieses Raums.',
        NOT_THE_CREATOR: 'Das können nur Besitzer des Raums.',
        ROLE_REQUIRED: 'Deine Rolle in diesem Raum erlaubt das nicht.',
        LAST_OWNER: 'Ein Raum braucht einen Besitzer. Mache zuerst jemand anderen zum Besitzer.',
        BAN_LIMIT: 'Dieser Raum hat so viele Sperren, wie dieser Server erlaubt. Hebe zuerst eine auf.',
        INVITE_LIMIT:
          'Dieser Raum hat so viele Einladungen, wie dieser Server erlaubt. Widerrufe zuerst eine.',
        PIN_LIMIT: 'In diesem Raum können keine weiteren Nachrichten angeheftet werden. Löse zuerst eine.',
        INVITE_NOT_FOUND: 'Diese Einladung ist nicht oder nicht mehr gültig.',
        SLOW_MODE: 'Dieser Raum ist im langsamen Modus. Warte, bevor du wieder schreibst.',
        PASSWORD_REQUIRED: 'Dieser Raum ist privat. Gib sein Passwort ein.',
        WRONG_PASSWORD: 'Falsches Passwort.',
        TOO_MANY_SUBSCRIPTIONS: 'Es sind zu viele Fenster offen. Schließe einige und lade die Seite neu.',
        TOO_SLOW: 'Die Verbindung war zu langsam. Lade die Seite neu, um fortzufahren.',
        TOO_LARGE: 'Das ist zu lang zum Senden.',
        FILE_NOT_FOUND: 'Diese Datei ist nicht mehr da. Hänge sie noch einmal an.',
        FILE_TYPE_NOT_ALLOWED: 'Dieser Server nimmt keine Dateien dieser Art an.',
        NOT_A_PICTURE:
          'Dieses Bild konnte nicht gelesen werden. Wähle eine Datei im Format JPEG, PNG, WebP, GIF oder AVIF.',
        FILE_QUOTA: 'Für deine Dateien ist kein Platz mehr. Lösche zuerst Nachrichten mit Dateien.',
        TOO_MANY_UPLOADS: 'Es werden zu viele Dateien hochgeladen. Warte, bis einige fertig sind.',
        FILES_OFF: 'Dieser Server nimmt keine Dateien an.',
        FILE_TOO_LARGE: 'Diese Datei ist zu groß. Wähle eine kleinere.',
        STORAGE_FULL: 'Der Server hat keinen Platz für weitere Dateien. Wende dich an seine Verwaltung.',
        USER_DISABLED: 'Dieses Konto ist gesperrt. Wende dich an die Verwaltung dieses Servers.',
        MANAGED_BY_HOST: 'Dein Konto wird von der Website verwaltet, zu der dieser Chat gehört.',
        SESSION_NOT_FOUND: 'Diese Sitzung ist schon beendet.',
        UNAVAILABLE: 'Der Server ist gerade nicht verfügbar. Versuche es gleich noch einmal.',
      },
      invalid: {
        username: name,
        email: 'Gib eine gültige E-Mail-Adresse ein.',
        password: 'Gib ein Passwort ein. Es kann bis zu 16.384 Zeichen lang sein.',
        newPassword: 'Gib ein neues Passwort ein. Es kann bis zu 16.384 Zeichen lang sein.',
        currentPassword: 'Gib dein jetziges Passwort ein.',
        name: roomName,
        recipient: name,
        text: 'Eine Nachricht kann bis zu 16.384 Zeichen lang sein und darf nicht leer sein.',
        emoji: 'Gib genau ein Emoji ein.',
        query: 'Gib ein Wort ein, nach dem gesucht werden soll, mit bis zu 200 Zeichen.',
        avatarUrl: 'Gib die Adresse eines Bildes ein, die mit https:// beginnt',
        description: longDescription,
      },
      unreachable: 'Der Server ist nicht erreichbar. Prüfe deine Verbindung und versuche es noch einmal.',
      cookieRejected:
        'Dein Browser blockiert Cookies für diese Seite. Erlaube sie und melde dich noch einmal an.',
      liveRefused:
        'Du bist angemeldet, aber der Server verweigert dieser Seite laufende Aktualisierungen. Seine Verwaltung sollte den Proxy davor und die Einstellung PUBLIC_URL prüfen.',
      unexpected: 'Etwas ist schiefgegangen. Versuche es gleich noch einmal.',
      tooMany(seconds) {
        if (seconds === undefined) return 'Zu viele Versuche. Versuche es später noch einmal.';
        const time =
          seconds < 90
            ? count(seconds, 'Sekunde', 'Sekunden')
            : count(Math.ceil(seconds / 60), 'Minute', 'Minuten');
        return `Zu viele Versuche. Versuche es in ${time} noch einmal.`;
      },
    },

    common: {
      cancel: 'Abbrechen',
      close: 'Schließen',
      back: 'Zurück',
      retry: 'Noch einmal versuchen',
      loading: 'Wird geladen…',
      optional: 'freiwillig',
      unblock: 'Aufheben',
      you: 'du',
      save: 'Speichern',
      saved: 'Gespeichert.',
      duration,
      skip: 'Zum Inhalt springen',
      crashed: 'Auf dieser Seite ist etwas schiefgegangen',
      crashedHint: 'Deine Entwürfe sind gespeichert. Lade die Seite neu, um fortzufahren.',
      reload: 'Neu laden',
    },

    auth: {
      unreachable: 'Der Server ist nicht erreichbar',
      refused: 'Laufende Aktualisierungen werden verweigert',
    },

    shell: {
      sections: 'Bereiche',
      rooms: 'Räume',
      inbox: 'Postfach',
      settings: 'Einstellungen',
      goTo: 'Zu einem Raum oder einer Person gehen',
      menu: (username) => `Menü von ${isolate(username)}`,
      keyboard: 'Tastenkürzel',
      logOut: 'Abmelden',
      theme: 'Darstellung',
      themes: { system: 'System', light: 'Hell', dark: 'Dunkel' },
      reconnecting: 'Verbindung verloren. Sie wird wiederhergestellt…',
      reconnected: 'Wieder verbunden.',
      unread: (number) => (number > 99 ? '99+' : String(number)),
      unreadLabel: (number) => count(number, 'ungelesene Nachricht', 'ungelesene Nachrichten'),
      mentionsLabel: (number) => count(number, 'Erwähnung', 'Erwähnungen'),
      logOutFailed: 'Du konntest nicht abgemeldet werden',
    },

    rooms: {
      own: 'Deine Räume',
      open: 'Öffentliche Räume',
      create: 'Neuer Raum',
      join: 'Beitreten',
      joinNamed: (name) => `${isolate(name)} beitreten`,
      joinByName: 'Mit Namen beitreten',
      privateRoom: 'privat',
      none: 'Du bist noch in keinem Raum',
      noneHint: 'Tritt einem öffentlichen Raum bei oder erstelle einen eigenen.',
      choose: 'Wähle einen Raum',
      chooseHint: 'Nachrichten aus all deinen Räumen erscheinen hier, sobald sie gesendet werden.',
      notMember: 'Du bist nicht in diesem Raum',
      notMemberHint: 'Vielleicht wurde er gelöscht, oder du hast ihn verlassen.',
      toRooms: 'Zurück zu den Räumen',
      actions: 'Raummenü',
      invite: 'Einladen',
      settings: 'Raumeinstellungen',
      leave: 'Raum verlassen',
      leaveTitle: (name) => `${isolate(name)} verlassen?`,
      leaveHint: 'Du kannst jederzeit wieder beitreten.',
      leavePrivateHint: 'Du brauchst sein Passwort, um wieder beizutreten.',
      leaveLastHint: 'Du bist das letzte Mitglied. Der Raum und seine Nachrichten werden endgültig gelöscht.',
      remove: 'Raum löschen',
      removeTitle: (name) => `${isolate(name)} löschen?`,
      removeHint: 'Der Raum und seine Nachrichten werden für alle endgültig gelöscht.',
      empty: 'Noch keine Nachrichten',
      emptyHint: 'Schreibe die erste Nachricht.',
      start: {
        ephemeral:
          'Dieser Raum behält nur die neuesten Nachrichten, und nur für begrenzte Zeit. Frühere Nachrichten sind nicht mehr verfügbar.',
        kept: 'In diesem Raum gibt es keine früheren Nachrichten.',
      },
      gap: 'Hier fehlen Nachrichten. Sie sind nicht mehr verfügbar.',
      quoteLost: 'Diese Nachricht ist nicht mehr verfügbar.',
      ended: 'Du hast keinen Zugang mehr zu diesem Raum',
      failed: 'Die Nachrichten konnten nicht geladen werden',
      listFailed: 'Die Räume konnten nicht geladen werden',
    },

    pins: {
      title: 'Angeheftete Nachrichten',
      pinned: 'Angeheftet',
      none: 'Es ist keine Nachricht angeheftet.',
      failed: 'Die angehefteten Nachrichten konnten nicht geladen werden',
      by: (username) => `Angeheftet von ${isolate(username)}`,
      show: 'Im Raum zeigen',
      unpin: 'Lösen',
    },

    members: {
      title: 'Mitglieder',
      count: (all, online) => `${members(all)}, ${online} online`,
      status: (username, isOnline) => `${isolate(username)}, ${isOnline ? 'online' : 'abwesend'}`,
      failed: 'Die Mitglieder konnten nicht geladen werden.',
    },

    conversation: {
      messages: (name) => `Nachrichten in ${isolate(name)}`,
      write: (name) => `Nachricht an ${isolate(name)}`,
      placeholder: 'Nachricht schreiben…',
      send: 'Senden',
      sending: 'Wird gesendet…',
      sent: 'Gesendet',
      read: 'Gelesen',
      notSent: 'Nicht gesendet.',
      notSentYet: 'Noch nicht gesendet',
      waiting: 'Noch nicht gesendet. Das geschieht, sobald der Server erreichbar ist.',
      throttled: 'Noch nicht gesendet. Du sendest zu schnell; es geht gleich weiter.',
      unsent: 'Nicht gesendete Nachrichten',
      unsentHint: 'Sie konnten nicht zugestellt werden. Kopiere, was du behalten willst.',
      retry: 'Noch einmal versuchen',
      discard: 'Verwerfen',
      unread: 'Neu',
      newMessages: (number) => count(number, 'neue Nachricht', 'neue Nachrichten'),
      toEnd: 'Zu den neuesten',
      older: 'Ältere Nachrichten werden geladen…',
      tooLong: (over) => `${characters(over)} zu viel`,
      remaining: (left) => `noch ${characters(left)}`,
      announcement: (author, message) => `${isolate(author)}: ${isolate(message)}`,
      typing: (names) =>
        names.length > 3
          ? 'Mehrere schreiben gerade…'
          : `${list(names)} ${names.length === 1 ? 'schreibt' : 'schreiben'}…`,
      folded: 'Nachricht von jemandem, den du blockiert hast.',
      unfold: 'Zeigen',
      by: (author, time, isMentioned) => `${isolate(author)}, ${time}${isMentioned ? ', erwähnt dich' : ''}`,
      edited: 'bearbeitet',
      bot: 'Bot',
      edit: 'Deine Nachricht bearbeiten',
      editing: 'Nachricht bearbeiten',
      replying: (author) => `Antwort an ${isolate(author)}`,
      quoteGone: 'Die ursprüngliche Nachricht wurde gelöscht.',
      showQuote: (author, message) =>
        `Als Antwort auf ${isolate(author)}: ${isolate(message)}. Zur ursprünglichen Nachricht`,
      reactedBy: (emoji, names) => `${emoji} von ${list(names)}`,
    },

    files: {
      attach: 'Dateien anhängen',
      chosen: 'Dateien, die gesendet werden',
      size: fileSize,
      sentOf: (sent, total) => `${fileSize(Math.min(sent, total))} von ${fileSize(total)}`,
      progress: (name) => `Hochladen von ${isolate(name)}`,
      uploaded: (name) => `${isolate(name)} wurde hochgeladen.`,
      failed: (name, why) => `${isolate(name)} konnte nicht hochgeladen werden. ${why}`,
      tooSlow: 'Die Verbindung war zu langsam, um diese Datei hochzuladen.',
      retry: (name) => `Noch einmal versuchen, ${isolate(name)} hochzuladen`,
      remove: (name) => `${isolate(name)} entfernen`,
      removeShort: 'Entfernen',
      drop: 'Dateien hier ablegen, um sie anzuhängen',
      tooMany: (most) => `Eine Nachricht kann bis zu ${most} Dateien haben. Die übrigen wurden weggelassen.`,
      lost: (names) =>
        names.length === 1
          ? `Die Seite wurde neu geladen, bevor ${list(names)} hochgeladen war. Hänge die Datei noch einmal an.`
          : `Die Seite wurde neu geladen, bevor ${list(names)} hochgeladen waren. Hänge sie noch einmal an.`,
      sendsLater: 'Deine Nachricht wird gesendet, sobald ihre Dateien hochgeladen sind.',
      gone: 'Ihre Dateien sind nicht mehr auf dem Server.',
      download: (name, bytes) => `${isolate(name)} herunterladen, ${fileSize(bytes)}`,
      downloadOriginal: 'Original herunterladen',
      previous: 'Voriges Bild',
      next: 'Nächstes Bild',
      place: (at, of) => `${at} von ${of}`,
    },

    inbox: {
      title: 'Unterhaltungen',
      compose: 'Neue Nachricht',
      none: 'Noch keine Nachrichten',
      noneHint: 'Sende jemandem eine Nachricht an den Benutzernamen.',
      choose: 'Wähle eine Unterhaltung',
      chooseHint: 'Private Nachrichten bleiben, bis jemand von euch sie löscht.',
      older: 'Ältere Unterhaltungen laden',
      empty: 'Noch keine Nachrichten',
      emptyHint: 'Schreibe die erste Nachricht.',
      start: (name) => `Hier beginnt deine Unterhaltung mit ${isolate(name)}.`,
      failed: 'Die Nachrichten konnten nicht geladen werden',
      own: (message) => `Du: ${isolate(message)}`,
      blocked: 'blockiert',
      typing: 'schreibt…',
    },

    search: {
      label: 'Nachrichten durchsuchen',
      title: 'Suchergebnisse',
      clear: 'Suche leeren',
      within: (name) => `In der Unterhaltung mit ${isolate(name)}`,
      everywhere: 'In allen Unterhaltungen suchen',
      withinHint: (name) => `Gib ein Wort ein, um es in deiner Unterhaltung mit ${isolate(name)} zu finden.`,
      none: 'Keine Nachrichten gefunden',
      noneHint: 'Versuche es mit weniger Wörtern oder nur mit einem Teil eines Wortes.',
      failed: 'Die Nachrichten konnten nicht durchsucht werden',
      own: 'Du: ',
      more: 'Mehr Ergebnisse zeigen',
      loadingMore: 'Mehr Ergebnisse werden geladen…',
      found: (number, hasMore) => `${messages(number)} gefunden${hasMore ? ', und es gibt mehr' : ''}`,
      gone: 'Die gewählte Nachricht wurde gelöscht.',
    },

    roomSearch: {
      title: 'Nachrichten in Räumen suchen',
      open: 'Nachrichten suchen',
      submit: 'Suchen',
      where: 'Wo gesucht wird',
      here: (name) => `In ${isolate(name)}`,
      everywhere: 'In all deinen Räumen',
      by: (name) => `${isolate(name)}: `,
    },

    systemMessages: {
      joined: (name) => `${isolate(name)} ist dem Raum beigetreten.`,
      left: (name) => `${isolate(name)} hat den Raum verlassen.`,
      removed: (name) => `${isolate(name)} wurde aus dem Raum entfernt.`,
      banned: (name) => `${isolate(name)} wurde aus dem Raum gesperrt.`,
      renamed: (name, to) =>
        name === ''
          ? `Der Raum heißt jetzt ${isolate(to)}.`
          : `${isolate(name)} hat den Raum in ${isolate(to)} umbenannt.`,
      topic: (name, to) => {
        if (to === '')
          return name === '' ? 'Das Thema wurde entfernt.' : `${isolate(name)} hat das Thema entfernt.`;
        return name === ''
          ? `Das Thema ist jetzt „${isolate(to)}“.`
          : `${isolate(name)} hat das Thema in „${isolate(to)}“ geändert.`;
      },
    },

    deleteDialog: {
      title: 'Diese Nachricht löschen?',
      alone: 'Sie wird endgültig gelöscht.',
      inRoom: 'Sie wird für alle im Raum endgültig gelöscht.',
      forBoth: (name) => `Sie wird für dich und für ${isolate(name)} endgültig gelöscht.`,
      forMe: (name) => `Sie wird für dich endgültig gelöscht. ${isolate(name)} behält sie.`,
      submit: 'Löschen',
    },

    mute: {
      mute: 'Benachrichtigungen stummschalten',
      muteForHour: 'Für 1 Stunde stummschalten',
      muteForHours: (hours) => `Für ${count(hours, 'Stunde', 'Stunden')} stummschalten`,
      unmute: 'Stummschaltung aufheben',
      muted: 'stumm',
    },

    conversationMenu: {
      title: 'Menü der Unterhaltung',
      search: 'In dieser Unterhaltung suchen',
      block: (name) => `${isolate(name)} blockieren`,
      blockTitle: (name) => `${isolate(name)} blockieren?`,
      blockHint: (name) =>
        `Was ${isolate(name)} von jetzt an schreibt, erhältst du nicht, auch nicht nach dem Aufheben. ${isolate(name)} erfährt davon nichts.`,
      unblock: (name) => `Blockierung von ${isolate(name)} aufheben`,
      blocked: (name) => `Du hast ${isolate(name)} blockiert.`,
      clear: 'Unterhaltung leeren',
      clearTitle: (name) => `Die Unterhaltung mit ${isolate(name)} leeren?`,
      clearHint: (name) =>
        `Alle Nachrichten werden für dich endgültig gelöscht. ${isolate(name)} behält sie.`,
    },

    profile: {
      show: (username) => `Profil von ${isolate(username)}`,
      title: 'Profil',
      since: (date) => `Mitglied seit ${date}`,
      noDescription: 'Keine Beschreibung.',
      write: 'Nachricht senden',
    },

    notifications: {
      inbox: (sender) => isolate(sender),
      room: (author, room) => `${isolate(author)} in ${isolate(room)}`,
    },
  },

  later: {
    account: {
      logIn: 'Anmelden',
      loggingIn: 'Anmeldung läuft…',
      register: 'Konto erstellen',
      logInTitle: 'Anmelden',
      registerTitle: 'Erstelle dein Konto',
      stepTitle: 'Zweiter Schritt',
      setUpTitle: 'Schütze dein Konto',
      forgot: 'Passwort vergessen?',
      forgotTitle: 'Wähle ein neues Passwort',
      toRegister: 'Neu hier?',
      toLogIn: 'Hast du schon ein Konto?',
      username: 'Benutzername',
      password: 'Passwort',
      expired: 'Deine Sitzung ist beendet. Melde dich an, um dort weiterzumachen, wo du warst.',
      usernameHint: 'Für andere sichtbar. Er kann später nicht geändert werden.',
      email: 'E-Mail-Adresse',
      emailHint: 'Wird niemandem sonst gezeigt.',
      passwordHint: 'Mindestens 8 Zeichen.',
      registering: 'Dein Konto wird erstellt…',
      forgotHint: 'Gib die E-Mail-Adresse deines Kontos ein.',
      sendLink: 'Link senden',
      linkSent: 'Wenn ein Konto diese Adresse hat, ist ein Link dorthin unterwegs. Er gilt eine Stunde.',
      resetTitle: 'Wähle ein neues Passwort',
      resetHint: 'Dein Konto wird dann überall abgemeldet.',
      newPassword: 'Neues Passwort',
      reset: 'Passwort ändern',
      resetDone: 'Dein Passwort ist geändert. Melde dich jetzt damit an.',
      verifyTitle: 'Bestätige deine E-Mail-Adresse',
      verifyHint: 'Tu das nur, wenn du hier ein Konto hast, das diese Adresse haben soll.',
      verify: 'Bestätigen',
      verifyDone: (username, email) =>
        `${isolate(email)} ist jetzt die bestätigte Adresse von ${isolate(username)}.`,
      goOn: 'Weiter',
    },

    settings: {
      title: 'Einstellungen',
      profile: 'Profil',
      profileHint: 'Für andere Benutzer sichtbar.',
      choosePicture: 'Bild wählen',
      removePicture: 'Bild entfernen',
      pictureHint: 'Alle sehen seine Mitte.',
      pictureChanged: 'Dein Bild ist geändert.',
      pictureRemoved: 'Dein Bild ist entfernt.',
      changingPicture: 'Dein Bild wird geändert',
      avatarUrl: 'Adresse eines Bildes',
      avatarHint: 'Die https-Adresse eines Bildes. Alle, die es sehen, laden es von dort.',
      avatarInvalid: 'Gib eine Adresse ein, die mit https:// beginnt',
      description: 'Über dich',
      wordCount: (number) => `${number} von 500 Wörtern`,
      emailVerified: 'Diese Adresse ist bestätigt.',
      emailUnverified: 'Diese Adresse ist noch nicht bestätigt.',
      emailPending: (email) =>
        `${isolate(email)} wird deine Adresse, sobald du den Link öffnest, der dorthin gesendet wurde.`,
      emailKeep: 'Jetzige Adresse behalten',
      emailSend: 'Link senden',
      emailSent: 'Ein Link ist unterwegs. Er gilt 24 Stunden.',
      resetMailed: (when) =>
        `An diese unbestätigte Adresse wurde ein Link für ein neues Passwort gesendet (${when}). Wenn du ihn nicht angefordert hast, prüfe, ob die Adresse dir gehört.`,
      password: 'Passwort',
      passwordHint: 'Wenn du dein Passwort änderst, wirst du auf allen anderen Geräten abgemeldet.',
      currentPassword: 'Jetziges Passwort',
      newPassword: 'Neues Passwort',
      changePassword: 'Passwort ändern',
      setPassword: 'Passwort festlegen',
      passwordChanged: 'Dein Passwort ist geändert. Auf allen anderen Geräten bist du abgemeldet.',
      appearance: 'Darstellung',
      appearanceHint: 'In diesem Browser gespeichert.',
      language: 'Sprache',
      languageHint: 'In diesem Browser gespeichert.',
      browserLanguage: 'Wie der Browser',
      notifications: 'Benachrichtigungen',
      notificationsHint: 'Meldet auf dem Desktop eine neue Nachricht, wenn du gerade nicht hinsiehst.',
      notify: 'Benachrichtige mich',
      notifyDenied:
        'Benachrichtigungen sind blockiert. Erlaube sie für diese Seite in den Einstellungen deines Browsers.',
      notifyUnavailable: 'Dein Browser unterstützt keine Benachrichtigungen.',
      session: 'Sitzungen',
      sessionHint: 'Geräte, auf denen du angemeldet bist.',
      sessions: 'Wo du angemeldet bist',
      unknownDevice: 'Unbekanntes Gerät',
      thisDevice: 'dieses Gerät',
      loggedIn: 'Angemeldet',
      lastUsed: 'zuletzt benutzt',
      endSession: (device) => `${isolate(device)} abmelden`,
      logOutEverywhere: 'Überall abmelden',
      logOutEverywhereTitle: 'Überall abmelden?',
      logOutEverywhereHint: 'Alle deine Sitzungen enden, auch die auf diesem Gerät.',
      failed: 'Dein Profil konnte nicht geladen werden',
    },

    roomSettings: {
      title: (name) => `Einstellungen von ${isolate(name)}`,
      name: 'Name',
      topic: 'Thema',
      description: 'Beschreibung',
      slowMode: 'Langsamer Modus',
      slowModeHint: 'Wie lange Mitglieder zwischen zwei Nachrichten warten.',
      slowModeOff: 'Aus',
      lifespan: 'Wie lange Nachrichten aufbewahrt werden',
      lifespanHint: 'Ältere Nachrichten werden endgültig gelöscht.',
      forGood: 'Für immer',
      submit: 'Speichern',
      bans: 'Gesperrte Benutzer',
      lift: 'Sperre aufheben',
    },

    createRoom: {
      title: 'Neuer Raum',
      hint: 'Einen öffentlichen Raum können alle finden und betreten. Ein privater Raum verlangt Namen und Passwort.',
      name: 'Name',
      history: 'Was geschieht mit den Nachrichten?',
      histories: { ephemeral: 'Sie verschwinden nach einer Weile', kept: 'Sie werden aufbewahrt' },
      historyHint: 'Das lässt sich später nicht ändern.',
      submit: 'Raum erstellen',
    },

    joinRoom: {
      title: 'Einem Raum beitreten',
      hint: 'Private Räume stehen in keiner Liste. Frage ein Mitglied nach Namen und Passwort.',
      name: 'Name des Raums',
      password: 'Passwort',
      passwordHint: 'Lass das Feld für einen öffentlichen Raum leer.',
      submit: 'Raum beitreten',
    },

    roomAccess: {
      title: 'Wer kann beitreten?',
      kinds: { public: 'Alle', private: 'Alle mit dem Passwort' },
      password: 'Passwort des Raums',
      passwordHint: 'Teile es denen mit, die du einlädst.',
      unchangedHint: 'Lass das Feld leer, um das jetzige Passwort zu behalten.',
      passwordBlank: 'Gib ein Passwort ein, das nicht nur aus Leerzeichen besteht.',
    },

    keyboardHelp: {
      title: 'Tastenkürzel',
      hint: 'Mit Tab und den Pfeiltasten kommst du überall hin.',
      keys: [
        ['Strg+K', 'Zu einem Raum oder einer Person gehen (auf dem Mac: ⌘K)'],
        ['Enter', 'Senden, was du geschrieben hast'],
        ['Umschalt+Enter', 'Eine neue Zeile beginnen'],
        ['↑', 'Deine letzte Nachricht bearbeiten, in einem leeren Feld'],
        ['Esc', 'Nicht mehr bearbeiten oder antworten, oder schließen, was offen ist'],
        ['Pos1', 'Zur ersten Nachricht, die gezeigt wird, in der Liste der Nachrichten'],
        ['Ende', 'Zur neuesten Nachricht, in der Liste der Nachrichten'],
        ['←  →', 'Das vorige oder nächste Bild zeigen'],
      ],
    },

    emojiDialog: {
      title: 'Mit einem Emoji reagieren',
      search: 'Emojis suchen',
      loading: 'Emojis werden geladen…',
      none: 'Kein Emoji gefunden.',
      failed: 'Die Emojis konnten nicht geladen werden',
      tone: 'Hautton ändern',
    },

    memberActions: {
      make: { moderator: 'Zum Moderator machen', member: 'Zum einfachen Mitglied machen' },
      remove: 'Aus dem Raum entfernen',
      ban: 'Aus dem Raum sperren',
      title: {
        remove: (name) => `${isolate(name)} aus dem Raum entfernen?`,
        ban: (name) => `${isolate(name)} aus dem Raum sperren?`,
      },
      hint: {
        remove: 'Ein neuer Beitritt ist möglich.',
        ban: 'Ein neuer Beitritt ist erst möglich, wenn die Sperre aufgehoben ist.',
      },
    },

    invite: {
      title: (name) => `In ${isolate(name)} einladen`,
      hint: 'Wer den Link hat, kann dem Raum sieben Tage lang ohne Passwort beitreten.',
      create: 'Link erstellen',
      link: 'Link',
      once: 'Er wird nur jetzt gezeigt.',
      copy: 'Link kopieren',
      list: 'Einladungen',
      created: (date) => `Erstellt am ${date}`,
      expires: (date) => `läuft am ${date} ab`,
      used: (uses) => ['noch nicht benutzt', 'einmal benutzt'][uses] ?? `${uses}-mal benutzt`,
      revoke: 'Widerrufen',
      to: (name) => `Du bist in ${isolate(name)} eingeladen`,
      members,
      join: 'Raum beitreten',
      failed: 'Diese Einladung konnte nicht geöffnet werden',
    },

    switcher: {
      title: 'Zu einem Raum oder einer Person gehen',
      label: 'Name',
      places: 'Räume und Personen',
      found: (number) => `${number} gefunden`,
      none: 'Nichts gefunden.',
      kinds: {
        room: 'Raum',
        privateRoom: 'privater Raum',
        publicRoom: 'öffentlich, noch nicht beigetreten',
        person: 'Person',
      },
    },

    privacy: {
      title: 'Privatsphäre',
      hint: 'Was andere tun und sehen können. Mitbewohner sind mit dir in einem privaten Raum.',
      whoMayWrite: 'Wer kann dir schreiben?',
      presence: 'Wer kann sehen, ob du online bist?',
      audiences: { everyone: 'Alle', roommates: 'Mitbewohner', nobody: 'Niemand' },
      readReceipts: 'Lesebestätigungen',
      readReceiptsHint: 'Andere sehen, dass du ihre Nachrichten gelesen hast.',
      findable: 'Über den Namen zu finden',
      findableHint: 'Andere finden dich, wenn sie den Anfang deines Namens eingeben.',
      blocked: 'Blockierte Benutzer',
      blockedHint: 'Du erhältst nicht, was sie schreiben. Sie erfahren davon nichts.',
      noneBlocked: 'Du hast niemanden blockiert.',
      unblockNamed: (username) => `Blockierung von ${isolate(username)} aufheben`,
    },

    compose: {
      title: 'Neue Nachricht',
      hint: 'Nur du und der Empfänger können sie lesen.',
      recipient: 'An (Benutzername)',
      message: 'Nachricht',
      submit: 'Nachricht senden',
      people: 'Personen',
      found: (number) => `${count(number, 'Person', 'Personen')} gefunden`,
    },

    messageMenu: {
      title: 'Nachrichtenmenü',
      react: 'Reagieren',
      reactWith: (emoji) => `Mit ${emoji} reagieren`,
      otherEmoji: 'Anderes Emoji…',
      reply: 'Antworten',
      copy: 'Text kopieren',
      pin: 'Nachricht anheften',
      unpin: 'Nachricht lösen',
      edit: 'Bearbeiten',
      remove: 'Löschen',
      removeForMe: 'Für mich löschen',
      removeForEveryone: 'Für alle löschen',
    },
  },

  factors: {
    reasons: {
      CHALLENGE_EXPIRED: 'Das hat zu lange gedauert, oder es gab zu viele falsche Codes. Melde dich neu an.',
      WRONG_CODE: 'Falscher Code. Warte auf den nächsten und versuche es noch einmal: Jeder gilt nur einmal.',
      INVALID_PASSKEY: 'Dieser Passkey gilt hier nicht. Benutze einen anderen oder einen Code.',
      PASSKEYS_OFF: 'Dieser Server kann keine Passkeys verwenden.',
      PASSKEY_LIMIT: 'Du hast so viele Passkeys, wie ein Konto haben kann. Entferne zuerst einen.',
      FACTOR_NOT_FOUND: 'Das wurde schon entfernt oder hat zu lange gedauert. Beginne von vorn.',
      SECOND_FACTOR_REQUIRED:
        'Dieser Server verlangt einen zweiten Schritt. Füge einen anderen hinzu, bevor du den letzten entfernst.',
    },

    step: {
      hintCode:
        'Gib den Code ein, den deine Authenticator-App jetzt zeigt, oder einen deiner Wiederherstellungscodes.',
      hintRecovery: 'Gib einen deiner Wiederherstellungscodes ein.',
      code: 'Code',
      submit: 'Weiter',
      busy: 'Wird geprüft…',
      usePasskey: 'Passkey benutzen',
      back: 'Als jemand anderes anmelden',
    },

    passkey: {
      logIn: 'Stattdessen einen Passkey benutzen',
      cancelled: 'Es wurde kein Passkey benutzt. Versuche es noch einmal oder wähle einen anderen Weg.',
      present: 'Dieses Gerät hat schon einen Passkey für dein Konto.',
    },

    setUp: {
      requiredHint:
        'Dieser Server verlangt beim Anmelden einen zweiten Schritt: einen Code aus einer App auf deinem Telefon oder einen Passkey.',
      app: 'Authenticator-App benutzen',
      passkey: 'Passkey benutzen',
      scan: 'Scanne dieses Bild mit einer Authenticator-App auf deinem Telefon, oder gib dort den Schlüssel darunter ein.',
      picture: 'QR-Code für deine Authenticator-App',
      key: 'Schlüssel',
      code: 'Code, den die App jetzt zeigt',
      submit: 'Einschalten',
      name: 'Name',
      nameHint: 'Woran du diesen Passkey erkennst, etwa das Gerät, auf dem er liegt.',
      makePasskey: 'Passkey erstellen',
      making: 'Folge den Anweisungen deines Browsers…',
    },

    codes: {
      title: 'Wiederherstellungscodes',
      hint: 'Mit jedem dieser Codes kannst du dich einmal anmelden, wenn du dein Telefon oder deine Passkeys verlierst. Bewahre sie so auf, dass nur du sie findest: Sie werden nicht wieder gezeigt.',
      copy: 'Codes kopieren',
      copied: 'Kopiert.',
      download: 'Codes herunterladen',
      done: 'Ich habe sie aufbewahrt',
      file: (username) =>
        `Wiederherstellungscodes von ${username}. Jeder gilt einmal, statt des Codes deiner Authenticator-App oder eines Passkeys.`,
    },

    settings: {
      title: 'Zweiter Schritt beim Anmelden',
      hint: 'Ein Passwort kann erraten oder gestohlen werden. Mit einem zweiten Schritt reicht es allein nicht, um in dein Konto zu kommen.',
      none: 'Du meldest dich nur mit deinem Passwort an.',
      required: 'Dieser Server verlangt einen zweiten Schritt.',
      warning:
        'Programme, die sich mit deinem Passwort anmelden, funktionieren dann nicht mehr. Gib ihnen Zugriffstoken.',
      app: 'Authenticator-App',
      appSince: (date) => `In Gebrauch seit ${date}`,
      addApp: 'Authenticator-App hinzufügen',
      replaceApp: 'Andere App einrichten',
      removeApp: 'Entfernen',
      removeAppLabel: 'Die Authenticator-App entfernen',
      passkeys: 'Deine zweiten Schritte',
      addPasskey: 'Passkey hinzufügen',
      passkeysHint: 'Du kannst dich auch mit einem Passkey statt deines Passworts anmelden.',
      created: (date) => `Hinzugefügt am ${date}`,
      used: 'zuletzt benutzt',
      unused: 'nie benutzt',
      remove: 'Entfernen',
      removeNamed: (name) => `Den Passkey ${isolate(name)} entfernen`,
      codesLeft: (number) =>
        number === 1
          ? 'Es ist noch 1 Wiederherstellungscode übrig.'
          : `Es sind noch ${number} Wiederherstellungscodes übrig.`,
      newCodes: 'Neue Wiederherstellungscodes',
      changed: (date) =>
        `Zuletzt geändert am ${date}. Wenn du das nicht warst, entferne, was nicht von dir ist, und ändere dann dein Passwort.`,
    },

    confirm: {
      title: 'Bist du es?',
      hint: 'Bevor du änderst, wie du dich anmeldest, oder deine E-Mail-Adresse, zeige, dass du es bist.',
      password: 'Passwort',
      code: 'Code deiner Authenticator-App oder ein Wiederherstellungscode',
      submit: 'Bestätigen',
      usePasskey: 'Mit einem Passkey bestätigen',
      logInAgain:
        'Dein Konto hat kein Passwort. Melde dich ab und wieder an, und komm innerhalb von 10 Minuten zurück.',
    },

    methods: {
      password: 'mit einem Passwort',
      'password+totp': 'mit einem Passwort und einem Code',
      'password+passkey': 'mit einem Passwort und einem Passkey',
      'password+recovery': 'mit einem Passwort und einem Wiederherstellungscode',
      passkey: 'mit einem Passkey',
      host: 'über eine andere Website',
    },
  },

  oidc: {
    or: 'Oder',
    logInWith: (label) => `Mit ${isolate(label)} anmelden`,
    finishing: 'Anmeldung läuft…',
    failedTitle: 'Die Anmeldung ist fehlgeschlagen',
    newTitle: 'Wähle deinen Benutzernamen',
    newHint: 'Zu dieser Anmeldung gibt es noch kein Konto. Wähle den Namen für das neue.',
    newAddress: (email) => `Seine E-Mail-Adresse ist ${isolate(email)}.`,
    toAccount:
      'Hast du hier schon ein Konto? Melde dich dort an und verknüpfe diese Anmeldung in den Einstellungen.',
    linkTitle: 'Du hast schon ein Konto',
    linkHint: (account) =>
      `Das Konto ${isolate(account)} hat deine E-Mail-Adresse. Gib sein Passwort ein, um es mit dieser Anmeldung zu verknüpfen.`,
    linkLater: (account) =>
      `Das Konto ${isolate(account)} hat deine E-Mail-Adresse. Es hat kein Passwort: Melde dich dort wie gewohnt an und verknüpfe diese Anmeldung in den Einstellungen.`,
    toLogIn: 'Zur Anmeldung',
    link: 'Anmelden und verknüpfen',
    makeAnother: 'Ein anderes Konto erstellen',
    back: 'Zurück',
    title: 'Anmeldung mit anderen Diensten',
    hint: 'Wie du dich außer mit einem Passwort anmelden kannst. Ein Dienst lässt sich verknüpfen, wenn er die E-Mail-Adresse deines Kontos bestätigt hat.',
    none: 'Mit deinem Konto ist keiner verknüpft.',
    list: 'Verknüpfte Dienste',
    linkWith: (label) => `${isolate(label)} verknüpfen`,
    linkedOn: (date) => `Verknüpft am ${date}`,
    used: 'zuletzt benutzt',
    unused: 'nie benutzt',
    gone: 'Dieser Server bietet ihn nicht mehr an.',
    unlink: 'Trennen',
    unlinkNamed: (label) => `${isolate(label)} trennen`,
  },

  accessTokens: {
    title: 'Zugriffstoken',
    hint: 'Mit einem Token kann ein Programm für dich handeln, soweit du es erlaubst. Er bleibt gültig, wenn du dein Passwort änderst oder dich überall abmeldest.',
    none: 'Du hast keine Zugriffstoken.',
    list: 'Deine Zugriffstoken',
    create: 'Neuer Token',
    name: 'Name',
    nameHint: 'Woran du ihn erkennst, etwa das Programm, für das er ist.',
    allowed: 'Was darf er?',
    scopes: {
      'chat:read': 'Nachrichten in Räumen lesen',
      'chat:write': 'In Räumen schreiben, ihnen beitreten, sie erstellen und ändern',
      'inbox:read': 'Private Nachrichten lesen',
      'inbox:write': 'Private Nachrichten schreiben, ändern und löschen',
      'users:read': 'Profile, wer online ist und deine Einstellungen zur Privatsphäre sehen',
      'users:write': 'Dein Profil und deine Privatsphäre ändern und Benutzer blockieren',
    },
    noScope: 'Wähle, was der Token darf.',
    limit: 'Du hast so viele Zugriffstoken, wie dieser Server erlaubt. Widerrufe zuerst einen.',
    expires: 'Ablauf',
    expiresHint: 'Wie lange der Token gültig ist.',
    never: 'Nie',
    submit: 'Token erstellen',
    token: 'Token',
    once: 'Kopiere ihn jetzt: Er wird nicht wieder gezeigt. Wer ihn hat, kann tun, was du erlaubt hast.',
    copy: 'Token kopieren',
    done: 'Fertig',
    created: (date) => `Erstellt am ${date}`,
    used: 'zuletzt benutzt',
    unused: 'nie benutzt',
    expiresOn: (date) => `läuft am ${date} ab`,
    revoke: 'Widerrufen',
    revokeNamed: (name) => `${isolate(name)} widerrufen`,
  },

  ownData: {
    title: 'Deine Daten',
    hint: 'Ein ZIP-Archiv mit deinem Profil, deinen Nachrichten, deinen Dateien und allem anderen, was dir gehört.',
    request: 'Archiv vorbereiten',
    again: 'Neues Archiv vorbereiten',
    waiting: 'Dein Archiv wird gleich vorbereitet. Du kannst diese Seite verlassen.',
    running: 'Dein Archiv wird vorbereitet. Du kannst diese Seite verlassen.',
    progress: 'Fortschritt deines Archivs',
    ready: (size, until) => `Dein Archiv ist fertig (${size}). Du kannst es bis ${until} herunterladen.`,
    download: 'Archiv herunterladen',
    failed: 'Dein Archiv konnte nicht vorbereitet werden. Versuche es später noch einmal.',
    leave: 'Dein Konto löschen',
    leaveHint:
      'Du wirst überall abgemeldet, und dein Profil und deine Dateien werden entfernt. Nachrichten, die andere erhalten haben, bleiben ohne deinen Namen.',
    delete: 'Konto löschen…',
    deleteTitle: 'Dein Konto endgültig löschen?',
    deleteHint:
      'Das lässt sich nicht rückgängig machen. Räume, die nur dir gehören, gehen an ein anderes Mitglied über; die ohne andere Mitglieder werden gelöscht. Bereite zuerst ein Archiv vor, wenn du deine Daten behalten willst.',
    password: 'Dein Passwort',
    passwordHint:
      'Wenn du kein Passwort benutzt, melde dich neu an und lass das Feld leer. Das gilt fünf Minuten lang.',
    confirm: 'Mein Konto löschen',
    deleting: 'Dein Konto wird gelöscht…',
  },
};
