import { developmentKey, encryptionKeys, hashApiKey } from '@signalbox/domain';
import { createSessions, sessionCookie } from './session.js';

const keyHash = hashApiKey('a key');
const start = new Date('2024-01-15T10:00:00Z');
const sessions = createSessions([developmentKey]);
const cookie = (value: string) => `theme=dark; signalbox_session=${value}; other=1`;

test('a session names its key for twelve hours', () => {
  const { value, until } = sessions.begin(keyHash, start);
  expect(until.toISOString()).toBe('2024-01-15T22:00:00.000Z');
  expect(sessions.keyHashOf(cookie(value), start)).toEqual(keyHash);
  expect(sessions.keyHashOf(cookie(value), new Date(until.getTime() - 1))).toEqual(keyHash);
  expect(sessions.keyHashOf(cookie(value), until)).toBeNull();
  expect(value).not.toContain(keyHash.toString('hex'));
});

test('one that was changed, or sealed with another key, is none', () => {
  const { value } = sessions.begin(keyHash, start);
  const changed = `${value.slice(0, -3)}${value.endsWith('AAA') ? 'BBB' : 'AAA'}`;
  const others = createSessions(encryptionKeys(true).parse(Buffer.alloc(32, 1).toString('base64')));
  expect(sessions.keyHashOf(cookie(changed), start)).toBeNull();
  expect(others.keyHashOf(cookie(value), start)).toBeNull();
  for (const none of [undefined, '', 'signalbox_session=', 'signalbox_session=x', 'a=b', ';;=;']) {
    expect(sessions.keyHashOf(none, start)).toBeNull();
  }
});

test('the cookie is for us alone, and for https where that is used', () => {
  const plain = 'signalbox_session=x; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200';
  expect(sessionCookie('x', false)).toBe(plain);
  expect(sessionCookie('x', true)).toBe(`${plain}; Secure`);
  expect(sessionCookie('', false)).toContain('Max-Age=0');
});
