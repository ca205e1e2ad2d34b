import { useEffect, useState } from 'react';
import { useSession } from '../session/session.ts';
import { text } from '../text.ts';
import { announce } from '../ui/announcer.tsx';

/** Shorter interruptions are not shown. */
const timeoutMs = 500;

export function ConnectionBanner() {
  const { client } = useSession();
  const [isLost, setLost] = useState(false);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wasShown = false;
    function look() {
      clearTimeout(timer);
      if (client.connection.state === 'connecting') {
        timer = setTimeout(() => {
          wasShown = true;
          setLost(true);
        }, timeoutMs);
      } else {
        if (wasShown && client.connection.state === 'open') announce(text.shell.reconnected);
        wasShown = false;
        setLost(false);
      }
    }
    look();
    const stop = client.connection.onChange(look);
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [client]);

  return (
    <div role="status" className="banner-place">
      {isLost && <p className="banner">{text.shell.reconnecting}</p>}
    </div>
  );
}
