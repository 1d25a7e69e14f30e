import { failureAnswer, judgeFailure, report, type SmtpError } from './smtp-outcome.js';

const answered = (code: string, command: string, response: string): SmtpError => ({
  code,
  command,
  response,
  responseCode: Number.parseInt(response, 10),
});

test.each([
  ['501 5.1.3 Bad recipient address syntax', 'invalid_recipient'],
  ['550-5.1.1 There is no such\n550 5.1.1 mailbox here', 'invalid_recipient'],
  ['550 5.4.1 Recipient address rejected', 'invalid_recipient'],
  ['551 User not local', 'invalid_recipient'],
  ['556 5.1.10 Recipient address has null MX', 'invalid_recipient'],
])('%s to RCPT is about the recipient', (response, reason) => {
  expect(judgeFailure(answered('EENVELOPE', 'RCPT TO', response))).toEqual({ type: 'refused', reason });
});

test.each([
  ['MAIL FROM', '550 5.1.1 No such sender'],
  ['RCPT TO', '503 5.5.1 Need MAIL first'],
  ['RCPT TO', '530 5.7.0 Must issue a STARTTLS command first'],
  ['RCPT TO', '550 5.7.54 Unable to relay'],
  ['RCPT TO', '550 5.1.8 Sender address rejected: domain not found'],
  ['RCPT TO', '552 Too many recipients'],
  ['RCPT TO', '553 That domain is not in my list of allowed hosts (#5.7.1)'],
  ['DATA', '554 5.5.1 No valid recipients'],
])('an operator may put right what made %s fail with %s', (command, response) => {
  expect(judgeFailure(answered('EENVELOPE', command, response))).toEqual({
    type: 'retry',
    reason: 'client_error',
  });
});

test.each<[SmtpError, string]>([
  [{ code: 'EABORT' }, 'timeout'],
  [{ code: 'ETIMEDOUT', command: 'CONN' }, 'timeout'],
  [{ code: 'ESOCKET', originalCode: 'ETIMEDOUT' }, 'timeout'],
  [{ code: 'EDNS', originalCode: 'ETIMEOUT' }, 'dns_failed'],
  [{ code: 'ESOCKET', originalCode: 'ECONNREFUSED' }, 'connection_refused'],
  [{ code: 'ESOCKET', originalCode: 'EPIPE' }, 'connection_reset'],
  [{ code: 'ESOCKET', originalCode: 'EHOSTUNREACH' }, 'connection_failed'],
  [{ code: 'ESOCKET', originalCode: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'tls_failed'],
  [{ code: 'ECONNECTION' }, 'connection_reset'],
  [answered('ECONNECTION', 'CONN', '421 4.4.2 Idle for too long'), 'rate_limited'],
  [answered('ETLS', 'STARTTLS', '454 TLS not available'), 'tls_failed'],
  [{ code: 'EAUTH', command: 'API' }, 'client_error'],
  [answered('EAUTH', 'AUTH PLAIN', '334 '), 'client_error'],
  [answered('EMESSAGE', 'DATA', '354 Go on'), 'unexpected_answer'],
  [answered('EENVELOPE', 'MAIL FROM', 'What?'), 'unexpected_answer'],
])('%j is worth another attempt: %s', (error, reason) => {
  expect(judgeFailure(error)).toEqual({ type: 'retry', reason });
});

test.each<[string, SmtpError]>([
  ['a shortage of ours', { code: 'ESOCKET', originalCode: 'EMFILE' }],
  ['an envelope nodemailer will not send', { code: 'EENVELOPE', command: 'API' }],
  ['an error without a code', {}],
])('%s is charged to nobody', (_, error) => {
  expect(judgeFailure(error)).toBeNull();
});

test.each([
  ['550 No', '550 No'],
  ['HTTP/1.1 400 Bad Request', null],
  ['220 Hello', null],
])('%j is reported as %j', (response, answer) => {
  expect(failureAnswer(answered('EPROTOCOL', 'CONN', response))).toBe(answer);
});

test('a placeholder takes the place of every quote before the answer is cut', () => {
  const placeholders = new Map([
    ['a+b@c.d', '[recipient]'],
    ['$&(x)*', '[login]'],
  ]);
  const answer = `250 A+B@c.d $&(x)* a+bxc.d ${'x'.repeat(980)} a+b@c.d\0`;
  const { responseExcerpt, statusCode } = report({ type: 'delivered' }, answer, {
    targetUrl: '',
    placeholders,
  });
  expect(statusCode).toBe(250);
  expect(responseExcerpt).toMatch(/^250 \[recipient\] \[login\] a\+bxc\.d x{980} \[recip/);
  expect(responseExcerpt).not.toContain('\0');
  expect(responseExcerpt).toHaveLength(1024);
});
