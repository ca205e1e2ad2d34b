import unhomoglyph from 'unhomoglyph';

const ignorable = /\p{Default_Ignorable_Code_Point}/gu;

/** The skeleton of Unicode Technical Standard 39: names with the same skeleton look alike. Not for display. */
function skeleton(name: string): string {
  const visible = name.normalize('NFKC').replace(ignorable, '').replace(/\s+/gu, ' ').trim();
  return unhomoglyph(visible.normalize('NFD')).normalize('NFD');
}

const isAscii = (name: string): boolean => /^[\x20-\x7e]*$/.test(name);

/** What is stored of a name. ASCII names are never confusable with each other, so the two kinds of names differ. */
export const skeletonOf = (name: string): string => (isAscii(name) ? 'ascii ' : 'other ') + skeleton(name);

/** The stored skeletons of names that cannot be taken beside this one. */
export function conflictingSkeletons(name: string): string[] {
  const shape = skeleton(name);
  return isAscii(name) ? [`other ${shape}`] : [`other ${shape}`, `ascii ${shape}`];
}
