import { networkReason } from './network-reason.js';

test.each([
  ['ETIMEDOUT', 'timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
  ['ENOTFOUND', 'dns_failed'],
  ['EAI_AGAIN', 'dns_failed'],
  ['EAI_FAIL', 'dns_failed'],
  ['ECONNREFUSED', 'connection_refused'],
  ['ECONNRESET', 'connection_reset'],
  ['EPIPE', 'connection_reset'],
  ['EHOSTUNREACH', 'connection_failed'],
  ['ENETUNREACH', 'connection_failed'],
  ['EADDRNOTAVAIL', 'connection_failed'],
  ['EACCES', 'connection_failed'],
  ['UND_ERR_SOCKET', 'connection_failed'],
  ['UND_ERR_HEADERS_OVERFLOW', 'connection_failed'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'connection_failed'],
  ['ERR_ASSERTION', 'connection_failed'],
  ['EPROTO', 'tls_failed'],
  ['CERT_HAS_EXPIRED', 'tls_failed'],
  ['CERT_NOT_YET_VALID', 'tls_failed'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls_failed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls_failed'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls_failed'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls_failed'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls_failed'],
  ['HOSTNAME_MISMATCH', 'tls_failed'],
  ['EMFILE', null],
  ['ENOMEM', null],
  ['UND_ERR_INVALID_ARG', null],
  ['UND_ERR_DESTROYED', null],
  ['ERR_INVALID_ARG_TYPE', null],
])('%s is %p', (code, reason) => {
  expect(networkReason(Object.assign(new Error('x'), { code }))).toBe(reason);
});

test('a connection closed by the receiver counts as reset', () => {
  const error = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
  expect(networkReason(error)).toBe('connection_reset');
});

test('an error without a code is a bug', () => {
  expect(networkReason(new TypeError('x is not a function'))).toBeNull();
});
