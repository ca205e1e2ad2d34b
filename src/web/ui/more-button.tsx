import type { ComponentProps } from 'react';

/** At the end of a list: loads the next page. */
export const MoreButton = (props: ComponentProps<'button'>) => (
  <button {...props} type="button" className="button button-quiet pane-older" />
);
