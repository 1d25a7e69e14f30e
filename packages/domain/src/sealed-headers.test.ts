import { CannotOpen, createEnvelope, developmentKey } from './envelope.js';
import { openHeaders, sealHeaders } from './sealed-headers.js';

const envelope = createEnvelope([developmentKey]);
const headers = { authorization: 'Bearer opensesame', 'x-team': 'blue' };

test('of sealed headers only the names can be read', () => {
  const kept = sealHeaders(envelope, headers, 'one');
  expect(kept.headers).toEqual({ authorization: '***', 'x-team': '***' });
  expect(kept.sealedHeaders?.includes('sesame')).toBe(false);
});

test('they open for their subscription only', () => {
  const kept = sealHeaders(envelope, headers, 'one');
  expect(openHeaders(envelope, kept, 'one')).toEqual({
    authorization: 'Bearer opensesame',
    'x-team': 'blue',
  });
  expect(() => openHeaders(envelope, kept, 'two')).toThrow(CannotOpen);
  // Another kind of secret of the same subscription is no substitute.
  expect(() => openHeaders(envelope, { ...kept, sealedHeaders: envelope.seal('{}', 'one') }, 'one')).toThrow(
    CannotOpen,
  );
});

test('none are kept as none; those that were never sealed are given as they are', () => {
  expect(sealHeaders(envelope, {}, 'one')).toEqual({ headers: {}, sealedHeaders: null });
  expect(openHeaders(envelope, { headers, sealedHeaders: null }, 'one')).toBe(headers);
});
