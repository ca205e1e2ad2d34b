import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** In light colors, and what depends on colors in dark ones as well. */
export async function expectAccessible(page: Page, screen: string): Promise<void> {
  await expectNoneSerious(createAxe(page), `${screen}, light`);
  expect(await page.locator('h1:visible').count(), `main headings, ${screen}`).toBe(1);
  await showColors(page, 'dark');
  const ofColors = createAxe(page).withRules(['color-contrast', 'link-in-text-block']);
  await expectNoneSerious(ofColors, `${screen}, dark`);
  await showColors(page, 'light');
}

/** Legacy mode only lacks frames of other origins, of which there are none; it needs no second page for each result. */
const createAxe = (page: Page) =>
  new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] });

/** Rules about headings and landmarks, which people move by. An open menu is in none: it has the focus. */
const ofStructure = /^(region|page-has-heading-one)$/;

async function expectNoneSerious(builder: AxeBuilder, look: string): Promise<void> {
  const analyzed = await builder.analyze();
  const violations = analyzed.violations.filter(
    ({ id, nodes }) => id !== 'region' || nodes.some(({ html }) => !html.includes('data-radix-popper')),
  );
  const serious = violations
    .filter(({ id, impact }) => impact === 'serious' || impact === 'critical' || ofStructure.test(id))
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('; ')}`,
    );
  expect(serious, look).toEqual([]);
}

/** Resolves once they no longer change. */
async function showColors(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.evaluate(async () => {
    const transitions = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
    await Promise.allSettled(transitions.map(({ finished }) => finished));
  });
}
