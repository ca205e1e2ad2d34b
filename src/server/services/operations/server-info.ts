import { maxTextLength } from '../../core/validation.ts';
import { readVersion } from '../../core/version.ts';
import { clientIdMs } from '../../infra/db/inbox-writer.ts';
import { siteOf } from '../../infra/factors/webauthn.ts';
import type { Deps } from '../shared/deps.ts';
import { maxReactions } from '../shared/reactions.ts';

/** What clients need to know before they ask, as it is set on this server. */
export interface ServerInfo {
  version: string;
  /** Whether clients are to show avatars that are on other servers, which then learn who looks at them. */
  externalAvatars: boolean;
  /** Whether it sends mail, so that addresses can be verified and forgotten passwords replaced. */
  sendsMail: boolean;
  /** The domain of the pages that can use passkeys; null if none can. */
  passkeyDomain: string | null;
  /** Other services that users can log in with. */
  logins: { id: string; label: string }[];
  limits: {
    /** How long a private message can be edited; 0 if not at all. */
    editWindowSeconds: number;
    /** How long a client id stands for its message: to a room, as long as the message can be held. */
    clientIdSeconds: { inbox: number; room: number };
    /** Characters of a message or a description, as JavaScript counts them. */
    maxTextLength: number;
    /** Different emoji of one user on one message. */
    maxReactions: number;
  };
}

const version = readVersion();

export const serverInfo = ({ config }: Pick<Deps, 'config'>): ServerInfo => ({
  version,
  externalAvatars: config.externalAvatars,
  sendsMail: config.mail !== undefined,
  passkeyDomain: siteOf(config.publicUrl)?.domain ?? null,
  logins: config.oidc.map(({ id, label }) => ({ id, label })),
  limits: {
    editWindowSeconds: config.editWindowMs / 1000,
    clientIdSeconds: { inbox: clientIdMs / 1000, room: config.roomMessages.ttlMs / 1000 },
    maxTextLength,
    maxReactions,
  },
});
