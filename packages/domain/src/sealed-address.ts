import type { Envelope } from './envelope.js';

/** No address of any channel begins so: it says that the rest is an encrypted one, in hex digits. */
const mark = 'sealed:';

/** Whether an address is kept encrypted. */
export function isSealedAddress(address: string): boolean {
  return address.startsWith(mark);
}

/** Encrypts the address of a user. The text travels wherever an address does, and opens for this user only. */
export function sealAddress(envelope: Envelope, address: string, userId: string): string {
  return mark + envelope.seal(address, contextOf(userId)).toString('hex');
}

/**
 * The address of a user as a channel needs it; what is not sealed is given back as it is.
 * @throws CannotOpen
 */
export function openAddress(envelope: Envelope, address: string, userId: string): string {
  return isSealedAddress(address) ? envelope.open(bytesOfAddress(address), contextOf(userId)) : address;
}

/** The bytes of a sealed address. */
export function bytesOfAddress(sealed: string): Buffer {
  return Buffer.from(sealed.slice(mark.length), 'hex');
}

function contextOf(userId: string): string {
  return `address of user ${userId}`;
}
