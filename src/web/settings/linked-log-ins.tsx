import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Outputs } from '../../client/index.ts';
import { goToIssuer } from '../account/oidc.ts';
import { oidcText as words } from '../account/oidc-text.ts';
import { explain } from '../failure.ts';
import { refresh } from '../session/refresh.ts';
import { useServerInfo } from '../session/server-info.ts';
import { useSession } from '../session/session.ts';
import { Notice } from '../ui/field.tsx';
import { BriefTime, formatDate } from '../ui/time.tsx';
import { Section } from './section.tsx';
import { needsProof, useProof } from './use-proof.tsx';
import { useWaysIn, waysInKey } from './ways-in.ts';

type Identity = Outputs['auth']['listOidc']['identities'][number];

/** The log-ins with other services that are linked with the account, and those that could be. Nothing where there are neither. */
export function LinkedLogIns() {
  const { client } = useSession();
  const queries = useQueryClient();
  const offered = useServerInfo()?.logins ?? [];
  const linked = useWaysIn();
  const { proved, dialog } = useProof();
  const link = useMutation({
    mutationFn: (issuer: string) => proved(() => goToIssuer(client, { issuer, link: true })),
  });
  const unlink = useMutation({
    mutationFn: (id: number) => proved(() => client.auth.unlinkOidc.mutate({ id })),
    onSettled: () => refresh(queries, waysInKey),
  });
  if (!linked || (offered.length === 0 && linked.identities.length === 0)) return null;
  const others = offered.filter(({ id }) => linked.identities.every(({ issuer }) => issuer !== id));
  const error = unlink.error ?? link.error;
  return (
    <Section title={words.title} hint={words.hint}>
      {error && !needsProof(error) && <Notice kind="error">{explain(error)}</Notice>}
      {linked.identities.length === 0 && <p>{words.none}</p>}
      <ul className="sessions" aria-label={words.list}>
        {linked.identities.map((identity) => (
          <Row
            key={identity.id}
            identity={identity}
            isEnding={unlink.isPending && unlink.variables === identity.id}
            onUnlink={() => unlink.mutate(identity.id)}
          />
        ))}
      </ul>
      <div className="choices-row">
        {others.map(({ id, label }) => (
          <button key={id} type="button" className="button button-quiet" onClick={() => link.mutate(id)}>
            {words.linkWith(label)}
          </button>
        ))}
      </div>
      {dialog}
    </Section>
  );
}

interface RowProps {
  identity: Identity;
  isEnding: boolean;
  onUnlink(): void;
}

function Row({ identity: { label, issuer, email, createdAt, usedAt }, isEnding, onUnlink }: RowProps) {
  return (
    <li className="session">
      <div>
        <strong>
          <bdi>{label}</bdi>
        </strong>
        {email !== null && (
          <p className="hint">
            <bdi>{email}</bdi>
          </p>
        )}
        {issuer === null && <p className="hint">{words.gone}</p>}
        <p className="hint">
          {words.linkedOn(formatDate(Date.parse(createdAt)))}
          {' · '}
          {usedAt === null ? (
            words.unused
          ) : (
            <>
              {words.used} <BriefTime ms={Date.parse(usedAt)} />
            </>
          )}
        </p>
      </div>
      <button
        type="button"
        className="button button-quiet"
        aria-label={words.unlinkNamed(label)}
        aria-disabled={isEnding}
        onClick={isEnding ? undefined : onUnlink}
      >
        {words.unlink}
      </button>
    </li>
  );
}
