import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

/** Allowed difference between two renderings of a pixel channel (0 to 255). */
const tolerance = 3;

/** Saves a screenshot unless the existing one looks the same. */
export async function takePicture(page: Page, file: string): Promise<void> {
  const taken = await page.screenshot({ animations: 'disabled' });
  if (!existsSync(file) || (await looksDifferent(page, readFileSync(file), taken)))
    writeFileSync(file, taken);
}

async function looksDifferent(page: Page, before: Buffer, after: Buffer): Promise<boolean> {
  const pictures = [before, after].map((png) => png.toString('base64'));
  return page.evaluate(
    async ({ pictures, tolerance }) => {
      const pixels = pictures.map(async (picture) => {
        const bytes = Uint8Array.from(atob(picture), (character) => character.charCodeAt(0));
        const image = await createImageBitmap(new Blob([bytes]));
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
    { pictures, tolerance },
  );
}
