import { base } from '../base.ts';

/** Of browsers that tell addresses of scripts from other texts. What a policy makes stands for a string. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(): string },
  ): { createScriptURL(input: string): string };
}

/** Lets the page open, and be installed, where the server cannot be reached. Browsers allow it in secure contexts alone. */
export function keepShell(): void {
  if (!import.meta.env.PROD || navigator.serviceWorker === undefined) return;
  const url = new URL('service-worker.js', base).href;
  const { trustedTypes } = window as { trustedTypes?: TrustedTypes }; // safe: as browsers that have it define it
  const policy = trustedTypes?.createPolicy('mirage-shell', { createScriptURL: () => url });
  const script = policy?.createScriptURL('') ?? url;
  // What keeps it from being installed, such as a private window, keeps nobody from the page.
  addEventListener('load', () => void navigator.serviceWorker.register(script).catch(() => {}));
}
