import { useEffect, useState } from 'react';
import { createMirageClient, type Outputs } from '../../client/index.ts';
import { base } from '../base.ts';
import { explain } from '../failure.ts';
import { Notice } from '../ui/field.tsx';
import { goToIssuer } from './oidc.ts';
import { oidcText as words } from './oidc-text.ts';

type LogIns = Outputs['server']['info']['logins'];

/** Buttons for the services that this server accepts log-ins of. */
export function OtherLogIns() {
  const [logIns, setLogIns] = useState<LogIns>([]);
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    let isShown = true;
    createMirageClient({ url: base.href })
      .server.info.query()
      .then(({ logins }) => {
        if (isShown) setLogIns(logins);
      })
      .catch(() => {}); // the form above works, or says why not
    return () => {
      isShown = false;
    };
  }, []);
  if (logIns.length === 0) return null;
  return (
    <div className="other-log-ins">
      <p className="hint">{words.or}</p>
      {error !== undefined && <Notice kind="error">{explain(error)}</Notice>}
      {logIns.map(({ id, label }) => (
        <button
          key={id}
          type="button"
          className="button button-quiet"
          onClick={() =>
            void goToIssuer(createMirageClient({ url: base.href }), { issuer: id }).catch(setError)
          }
        >
          {words.logInWith(label)}
        </button>
      ))}
    </div>
  );
}
