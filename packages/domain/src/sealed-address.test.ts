import { CannotOpen, createEnvelope, encryptionKeys } from './envelope.js';
import { bytesOfAddress, isSealedAddress, openAddress, sealAddress } from './sealed-address.js';

const [key] = encryptionKeys(false).parse(Buffer.alloc(32, 1).toString('base64'));
if (!key) throw new Error('no key');
const envelope = createEnvelope([key]);
const address = 'https://hooks.example/services/T0/B0/secret';

test('a sealed address opens for its user only', () => {
  const sealed = sealAddress(envelope, address, 'ana');
  expect(openAddress(envelope, sealed, 'ana')).toBe(address);
  expect(() => openAddress(envelope, sealed, 'ben')).toThrow(CannotOpen);
});

test('it is told from a plain one, and shows nothing of it', () => {
  const sealed = sealAddress(envelope, address, 'ana');
  expect([isSealedAddress(sealed), isSealedAddress(address)]).toEqual([true, false]);
  expect(bytesOfAddress(sealed).includes('secret')).toBe(false);
  expect(sealed).toMatch(new RegExp(`^sealed:01${key.id}[0-9a-f]+$`));
});

test('a plain address is given back as it is', () => {
  expect(openAddress(envelope, 'ana@example.com', 'ana')).toBe('ana@example.com');
});
