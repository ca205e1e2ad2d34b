import type { KeyboardEvent } from 'react';

/**
 * Enter without Shift. During IME composition Enter confirms the composed text instead; Safari reports that only
 * through key code 229.
 */
export function isSubmitKey({ key, shiftKey, nativeEvent }: KeyboardEvent): boolean {
  return key === 'Enter' && !shiftKey && !nativeEvent.isComposing && nativeEvent.keyCode !== 229;
}
