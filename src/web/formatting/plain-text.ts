import { type Block, type Inline, parse } from './parse.ts';

/** The text of a message without its marks. */
export const plainText = (text: string): string => ofBlocks(parse(text));

const ofBlocks = (blocks: Block[]): string => blocks.map(ofBlock).join('\n');

function ofBlock(block: Block): string {
  switch (block.kind) {
    case 'text':
      return ofInlines(block.children);
    case 'code':
      return block.text;
    case 'quote':
      return ofBlocks(block.children);
    case 'list':
      return block.items
        .map(({ number, children }) => `${block.isOrdered ? `${number}.` : '•'} ${ofBlocks(children)}`)
        .join('\n');
  }
}

export const ofInlines = (inlines: Inline[]): string =>
  inlines
    .map((inline) => {
      if (typeof inline === 'string') return inline;
      return inline.kind === 'code' ? inline.text : ofInlines(inline.children);
    })
    .join('');
