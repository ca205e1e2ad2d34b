import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Inputs, type Outputs, reasonOf } from '../../client/index.ts';
import { now } from '../clock.ts';
import { explain } from '../failure.ts';
import { DurationField } from '../rooms/duration-field.tsx';
import { refresh } from '../session/refresh.ts';
import { useSession } from '../session/session.ts';
import { text } from '../text.ts';
import { Skeleton } from '../ui/empty.tsx';
import { Field, Notice } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { CopyIcon, KeyIcon } from '../ui/icons.tsx';
import { BriefTime, formatDate } from '../ui/time.tsx';
import { accessTokensText as words } from './access-tokens-text.ts';

type NewToken = Inputs['auth']['createToken'];
type Scope = NewToken['scopes'][number];

/** Without `server:read`, as what there is to read of the server is public. */
const scopes = Object.keys(words.scopes) as (keyof typeof words.scopes & Scope)[]; // safe: the compiler knows the keys

const daySeconds = 24 * 3600;
const queryKey = ['accessTokens'];

/** Lists the user's access tokens, makes new ones and revokes them. */
export function AccessTokens() {
  const { client } = useSession();
  const queries = useQueryClient();
  const tokens = useQuery({ queryKey, queryFn: () => client.auth.listTokens.query() });
  const onSettled = () => refresh(queries, queryKey);
  const revoke = useMutation({
    mutationFn: (id: number) => client.auth.revokeToken.mutate({ id }),
    onSettled,
  });
  const [isMaking, setMaking] = useState(false);
  const [token, setToken] = useState<string>();

  async function create(input: NewToken): Promise<void> {
    try {
      setToken((await client.auth.createToken.mutate(input)).token);
      setMaking(false);
    } finally {
      await onSettled();
    }
  }

  if (tokens.isPending) return <Skeleton rows={2} />;
  if (!tokens.data) return <Notice kind="error">{explain(tokens.error)}</Notice>;
  return (
    <>
      {/* One that is gone already is what was wanted. */}
      {revoke.isError && reasonOf(revoke.error) !== 'TOKEN_NOT_FOUND' && (
        <Notice kind="error">{explain(revoke.error)}</Notice>
      )}
      {tokens.data.length === 0 && <p>{words.none}</p>}
      <ul className="sessions" aria-label={words.list}>
        {tokens.data.map((token) => (
          <TokenRow
            key={token.id}
            token={token}
            isEnding={revoke.isPending && revoke.variables === token.id}
            onRevoke={() => revoke.mutate(token.id)}
          />
        ))}
      </ul>
      {token !== undefined && <MadeToken token={token} onDone={() => setToken(undefined)} />}
      {isMaking && <NewTokenForm onCreate={create} onCancel={() => setMaking(false)} />}
      {!isMaking && token === undefined && (
        <button type="button" className="button button-quiet" onClick={() => setMaking(true)}>
          <KeyIcon />
          {words.create}
        </button>
      )}
    </>
  );
}

interface TokenRowProps {
  token: Outputs['auth']['listTokens'][number];
  isEnding: boolean;
  onRevoke(): void;
}

function TokenRow({ token, isEnding, onRevoke }: TokenRowProps) {
  const { name, createdAt, lastUsedAt, expiresAt } = token;
  return (
    <li className="session">
      <div>
        <strong>
          <bdi>{name}</bdi>
        </strong>
        <p className="hint">{token.scopes.join(', ')}</p>
        <p className="hint">
          {words.created(formatDate(Date.parse(createdAt)))}
          {' · '}
          {lastUsedAt === null ? (
            words.unused
          ) : (
            <>
              {words.used} <BriefTime ms={Date.parse(lastUsedAt)} />
            </>
          )}
          {expiresAt !== null && ` · ${words.expiresOn(formatDate(Date.parse(expiresAt)))}`}
        </p>
      </div>
      <button
        type="button"
        className="button button-quiet"
        aria-label={words.revokeNamed(name)}
        aria-disabled={isEnding}
        onClick={isEnding ? undefined : onRevoke}
      >
        {words.revoke}
      </button>
    </li>
  );
}

interface NewTokenFormProps {
  onCreate(input: NewToken): Promise<void>;
  onCancel(): void;
}

function NewTokenForm({ onCreate, onCancel }: NewTokenFormProps) {
  const [problem, setProblem] = useState<string>();
  return (
    <Form
      submit={words.submit}
      aside={
        <button type="button" className="button button-quiet" onClick={onCancel}>
          {text.common.cancel}
        </button>
      }
      onSubmit={async ({ name = '', expires, ...fields }) => {
        const chosen = scopes.filter((scope) => fields[scope] === 'on');
        setProblem(chosen.length === 0 ? words.noScope : undefined);
        if (chosen.length === 0) return;
        const seconds = Number(expires);
        const expiresAt = seconds > 0 ? new Date(now() + seconds * 1000).toISOString() : undefined;
        try {
          await onCreate({ name, scopes: chosen, ...(expiresAt !== undefined && { expiresAt }) });
        } catch (error) {
          if (reasonOf(error) !== 'TOKEN_LIMIT') throw error;
          setProblem(words.limit);
        }
      }}
    >
      <Field
        label={words.name}
        hint={words.nameHint}
        name="name"
        required
        maxLength={100}
        pattern=".*\S.*"
        autoComplete="off"
      />
      <fieldset className="choices">
        <legend>{words.allowed}</legend>
        {scopes.map((scope) => (
          <label key={scope} className="choice">
            <input type="checkbox" name={scope} />
            {words.scopes[scope]}
          </label>
        ))}
      </fieldset>
      <DurationField
        label={words.expires}
        hint={words.expiresHint}
        name="expires"
        none={words.never}
        usual={[30 * daySeconds, 90 * daySeconds, 365 * daySeconds]}
        initial={90 * daySeconds}
      />
      {problem !== undefined && <Notice kind="error">{problem}</Notice>}
    </Form>
  );
}

/** The server keeps only its hash. */
function MadeToken({ token, onDone }: { token: string; onDone(): void }) {
  return (
    <div className="form-fields">
      <Field
        label={words.token}
        hint={words.once}
        value={token}
        readOnly
        onFocus={({ currentTarget: field }) => field.select()}
      />
      <div className="choices-row">
        <button
          type="button"
          className="button button-quiet"
          onClick={() => void navigator.clipboard?.writeText(token).catch(() => {})}
        >
          <CopyIcon />
          {words.copy}
        </button>
        <button type="button" className="button button-quiet" onClick={onDone}>
          {words.done}
        </button>
      </div>
    </div>
  );
}
