import { domainToASCII } from 'node:url';

/**
 * The address as mail servers take it, or undefined for a text that is none. The part before the `@` is ASCII: a server that
 * takes no other would not say so. A domain may be international, and is converted.
 */
export function mailableAddress(text: string): string | undefined {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  const domain = toAsciiDomain(text.slice(at + 1));
  return at > 0 && isLocalPart(local) && isDomain(domain) ? `${local}@${domain}` : undefined;
}

/**
 * The same text for all spellings of one mailbox: letter case, and full-width letters and the like in the domain. Mail servers may
 * tell letter case before the `@` apart, but none is known that has two people for that.
 */
export const mailboxOf = (email: string): string => (mailableAddress(email) ?? email).toLowerCase();

/** '' for what is no domain. Node parses a URL, and would leave out what ends the host there. */
const toAsciiDomain = (text: string) => (/[\s/?#%\\]/.test(text) ? '' : domainToASCII(text));

/** RFC 5321 without quoted parts, which nobody has. */
const isLocalPart = (local: string) =>
  local.length <= 64 && /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/.test(local);

const isDomain = (domain: string) =>
  domain.length <= 253 &&
  domain.includes('.') &&
  /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/.test(domain) &&
  !/\.\d+$/.test(domain);
