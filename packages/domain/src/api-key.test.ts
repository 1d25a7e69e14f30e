import {
  apiKeys,
  bearerKey,
  findByHash,
  grants,
  hashApiKey,
  newApiKey,
  type Scope,
  scopes,
} from './api-key.js';

const key = 'sbx_0123456789abcdefghij';

test('what a key grants', () => {
  const granted = (held: Scope) => scopes.filter((needed) => grants(held, needed));
  expect(Object.fromEntries(scopes.map((scope) => [scope, granted(scope)]))).toEqual({
    ingest: ['ingest'],
    read: ['read'],
    operate: ['read', 'operate'],
    admin: ['ingest', 'read', 'operate', 'admin'],
  });
});

test('a new key has 32 random letters and digits, is no other, and is taken by API_KEYS', () => {
  const made = Array.from({ length: 200 }, newApiKey);
  for (const one of made) expect(one).toMatch(/^sbx_[0-9A-Za-z]{32}$/);
  expect(new Set(made).size).toBe(200);
  expect(new Set(made.join('').slice(4)).size).toBe(63);
  expect(apiKeys(true).parse(`read:${made[0]}`)).toMatchObject([{ scope: 'read', key: made[0] }]);
});

test('what is kept of a key is its SHA-256', () => {
  // Source: FIPS 180-2, B.1.
  expect(hashApiKey('abc').toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

test.each([
  [`Bearer ${key}`, key],
  [`bearer   ${key} `, key],
  ['Bearer', null],
  ['Bearer ', null],
  [`Bearer ${key} more`, null],
  [`Basic ${key}`, null],
  [key, null],
  ['', null],
  [undefined, null],
])('the key in %j', (header, expected) => {
  expect(bearerKey(header)).toBe(expected);
});

describe('API_KEYS', () => {
  const read = (text: string | undefined, production = false) => apiKeys(production).safeParse(text);
  const problems = (text: string | undefined, production = false) =>
    read(text, production).error?.issues.map(({ message }) => message);

  test('names each key by the place where it stands', () => {
    const other = `${key}+/=:x`;
    const keys = apiKeys(true).parse(`admin:${key}, ingest: ${other}`);
    expect(keys).toEqual([
      { name: 'API_KEYS #1', scope: 'admin', key, hash: hashApiKey(key) },
      { name: 'API_KEYS #2', scope: 'ingest', key: other, hash: hashApiKey(other) },
    ]);
    expect(findByHash(keys, hashApiKey(other))?.scope).toBe('ingest');
    expect(findByHash(keys, hashApiKey('x'))).toBeNull();
  });

  test('may be left out, but not in production', () => {
    expect(read(undefined).data).toEqual([]);
    expect(problems(undefined, true)).toEqual([
      expect.stringMatching(/^must be set in production: .+ openssl rand -base64 24$/),
    ]);
  });

  test.each([
    [`admin:${key.slice(1)}`, 'API_KEYS #1 is too short: a key has at least 24 characters'],
    [`admin:${key},read:short`, 'API_KEYS #2 is too short'],
    [key, 'API_KEYS #1 must be one of ingest, read, operate, admin, a colon and a key'],
    [`root:${key}`, 'API_KEYS #1 must be one of'],
    [`admin:${key},`, 'API_KEYS #2 must be one of'],
    [`read:${key} ${key}`, 'API_KEYS #1 must consist of letters, digits and signs'],
    [`read:${key},admin:${key}`, 'must not name a key twice'],
  ])('%j is refused, without a word of the key', (text, message) => {
    expect(problems(text)).toEqual([expect.stringContaining(message)]);
    expect(String(problems(text))).not.toMatch(/0123|short,/);
  });
});
