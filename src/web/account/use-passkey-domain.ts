import { useEffect, useState } from 'react';
import { createMirageClient } from '../../client/index.ts';
import { base } from '../base.ts';

/** The domain whose passkeys the server takes; undefined until that is known, and null for none. */
export function usePasskeyDomain(): string | null | undefined {
  const [domain, setDomain] = useState<string | null>();
  useEffect(() => {
    let isGone = false;
    createMirageClient({ url: base.href })
      .server.info.query()
      .then(
        (info) => {
          if (!isGone) setDomain(info.passkeyDomain);
        },
        () => {}, // without the button, logging in explains what is wrong
      );
    return () => {
      isGone = true;
    };
  }, []);
  return domain;
}
