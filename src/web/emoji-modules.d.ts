/** Made by scripts/emoji-data.mjs from the packages' data. */
declare module 'virtual:emoji/*' {
  const data: import('frimousse').EmojiData;
  export default data;
}
