/** The URL of the page without its fragment and file name. Mirage may be served below a path, such as `/chat/`. */
export const base = new URL('.', document.baseURI);
