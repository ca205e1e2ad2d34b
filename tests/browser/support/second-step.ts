import type { Page } from 'playwright-core';

/** A device that holds passkeys and asks for a fingerprint, which is always the right one. */
export async function addAuthenticator(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

/** Of the settings. */
export const secondStep = (page: Page) => page.getByRole('region', { name: 'Second step when you log in' });
export const menu = (page: Page) => page.getByRole('button', { name: 'Menu of ada' });

export async function logOut(page: Page): Promise<void> {
  await menu(page).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
}
