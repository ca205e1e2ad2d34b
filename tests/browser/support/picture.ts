import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

/** Rendering differs by so much from one time to the next, on a scale to 255. */
const tolerance = 3;

/** Takes a picture, and keeps the one that is there unless it looks different. */
export async function takePicture(page: Page, file: string): Promise<void> {
  const taken = await page.screenshot({ animations: 'disabled' });
  if (!existsSync(file) || (await looksDifferent(page, readFileSync(file), taken)))
    writeFileSync(file, taken);
}

async function looksDifferent(page: Page, before: Buffer, after: Buffer): Promise<boolean> {
  const sources = [before, after].map((png) => `data:image/png;base64,${png.toString('base64')}`);
  return page.evaluate(
    async ({ sources, tolerance }) => {
      const pixels = sources.map(async (source) => {
        const image = new Image();
        image.src = source;
        await image.decode();
        const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
        context?.drawImage(image, 0, 0);
        return context?.getImageData(0, 0, image.width, image.height).data ?? new Uint8ClampedArray();
      });
      const [one = new Uint8ClampedArray(), other = one] = await Promise.all(pixels);
      return (
        one.length !== other.length ||
        one.some((value, index) => Math.abs(value - (other[index] ?? 0)) > tolerance)
      );
    },
    { sources, tolerance },
  );
}
