const comments = /^[ \t]*(\/\*\*[\s\S]*?\*\/[ \t]*|\/\/.*)\n/gm;

/** Declarations without the comments that take lines of their own. */
export const withoutComments = (text) => text.replace(comments, '');
