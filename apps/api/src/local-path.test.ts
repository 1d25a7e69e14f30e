import { localPath } from './local-path.js';

test.each(['/', '/admin/queues', '/events?limit=5&source=a%2Fb#top', '/a//b', '/login?next=/x'])(
  '%j is a path of ours',
  (text) => {
    expect(localPath(text)).toBe(text);
  },
);

test.each([
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '\\\\evil.example',
  'https://evil.example/',
  'javascript:alert(1)',
  'evil',
  ' /x',
  '',
  '/\r\nset-cookie: a=b',
  undefined,
  ['/x'],
])('%j is none', (text) => {
  expect(localPath(text)).toBeNull();
});

test('what is taken stays with us, whatever a browser makes of it', () => {
  for (const text of ['/.//evil.example', '/a/..//evil.example', '/@evil.example', '/x\\evil.example']) {
    const taken = localPath(text);
    expect(taken && new URL(taken, 'https://ours.example').host).toBe('ours.example');
  }
});
