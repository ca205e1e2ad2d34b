import { expect, it } from 'vitest';
import { createRoom, message, register, write } from '../browser/support/app.ts';
import { visit } from '../browser/support/browser.ts';
import { startMirage } from '../support/harness.ts';
import { freePort, proxies, startReverseProxy } from './support/proxy.ts';

it.each(proxies.flatMap((name) => [[name, 'recommended'] as const, [name, 'under a path'] as const]))(
  'the web client works behind %s (%s)',
  async (name, recipe) => {
    const port = await freePort();
    const publicUrl = `https://localhost:${port}${recipe === 'under a path' ? '/chat' : ''}`;
    const { url: upstream } = await startMirage({ trustedProxies: 1, publicUrl });
    await startReverseProxy(name, { upstream, recipe, tls: true, port });
    const { page } = await visit(`${publicUrl}/`, { ignoreHTTPSErrors: true });
    await register(page, 'alice');
    await createRoom(page, 'general');
    await write(page, 'hello');
    await message(page, 'hello').waitFor();
    // The session's cookie logs in again, over WebSocket too.
    await page.reload();
    await message(page, 'hello').waitFor();
    await write(page, 'hello again');
    await message(page, 'hello again').waitFor();
    expect(page.url().startsWith(`${publicUrl}/`)).toBe(true);
  },
);
