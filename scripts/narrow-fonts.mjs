// Makes the fonts of the web client smaller: they keep the weights that its styles use, of all from 100 to 900.
import subsetFont from 'subset-font';

const weights = { min: 400, max: 700 };

/** A plugin for Vite. The fonts get other names, since they are cached for ever. @returns {import('vite').Plugin} */
export const narrowFonts = () => ({
  name: 'narrow-fonts',
  enforce: 'post',
  async generateBundle(_options, bundle) {
    const fonts = Object.values(bundle).filter(({ fileName }) => fileName.endsWith('.woff2'));
    const styles = Object.values(bundle).filter(({ fileName }) => fileName.endsWith('.css'));
    for (const font of fonts) {
      const { fileName } = font;
      const narrow = fileName.replace('-wght-', `-${weights.min}-${weights.max}-`);
      if (narrow === fileName) throw new Error(`${fileName} is not a font of all weights`);
      font.source = await subsetFont(Buffer.from(font.source), undefined, {
        keepAllGlyphs: true,
        targetFormat: 'woff2',
        variationAxes: { wght: weights },
      });
      font.fileName = narrow;
      const [name, narrowName] = [fileName, narrow].map((path) => path.replace('assets/', ''));
      for (const style of styles) style.source = String(style.source).replaceAll(name, narrowName);
    }
  },
});
