import { useEffect, useState } from 'react';
import { useSession } from '../state/session.ts';
import { text } from '../text.ts';
import { announce } from '../ui/announcer.tsx';

/** A connection that comes back at once was not worth a word. */
const patienceMs = 500;

export function ConnectionBanner() {
  const { client } = useSession();
  const [isLost, setLost] = useState(false);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wasTold = false;
    function look() {
      clearTimeout(timer);
      if (client.connection.state === 'connecting') {
        timer = setTimeout(() => {
          wasTold = true;
          setLost(true);
        }, patienceMs);
      } else {
        if (wasTold) announce(text.shell.reconnected);
        wasTold = false;
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
