/** Whether the user is looking at the page: it is visible and has the focus. */
export const isVisible = (): boolean => document.visibilityState === 'visible' && document.hasFocus();
