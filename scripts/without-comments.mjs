const comments = /^[ \t]*(\/\*\*[\s\S]*?\*\/[ \t]*|\/\/.*)\n/gm;

/** Declarations or programs without the comments that take lines of their own. */
export const withoutComments = (text) => text.replace(comments, '');
