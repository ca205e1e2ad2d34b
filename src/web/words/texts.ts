import type { factorsText } from '../account/factors-text.ts';
import type { oidcText } from '../account/oidc-text.ts';
import type { laterText } from '../later-text.ts';
import type { accessTokensText } from '../settings/access-tokens-text.ts';
import type { ownDataText } from '../settings/own-data-text.ts';
import type { text } from '../text.ts';

/** All texts of the user interface, by the parts that are translated under these names. */
export interface Texts {
  text: typeof text;
  later: typeof laterText;
  factors: typeof factorsText;
  oidc: typeof oidcText;
  accessTokens: typeof accessTokensText;
  ownData: typeof ownDataText;
}
