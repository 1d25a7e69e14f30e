import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;
const user = randomUUID();

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.stop());

/** Values that are right somewhere, or nearly. */
const tokens = fc.constantFrom(
  user,
  'here',
  'critical',
  'both',
  'email',
  'notification',
  'sms',
  'ana@example.com',
  '22:00',
  'Europe/Paris',
  'a\0',
  '\ud800',
  '__proto__',
  1e300,
);
const names = fc.constantFrom(
  'id',
  'name',
  'location',
  'preference',
  'store_preference',
  'active',
  'channels',
  'channel',
  'address',
  'severities',
  'quiet_hours',
  'from',
  'to',
  'time_zone',
  'users',
  '__proto__',
  '\ud800',
);
/** Bodies that look right here and there. */
const nearly = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    tokens,
    fc.jsonValue(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(names, tie('value'), { maxKeys: 6 }),
  ),
})).value;

const contact = fc.oneof(
  fc.constantFrom({ channel: 'notification' }, { channel: 'email', address: 'ana@example.com' }),
  fc.record({
    channel: fc.constantFrom('email', 'notification', 'sms', 'slack'),
    address: fc.oneof(tokens, fc.string(), fc.emailAddress(), fc.webUrl()),
  }),
);
const mostly = (right: fc.Arbitrary<unknown>) => fc.oneof({ arbitrary: right, weight: 9 }, nearly);
/** Users that are nearly right, so that some come through to the database. */
const person = fc.record(
  {
    id: fc.oneof(fc.uuid(), fc.constant(user)),
    name: mostly(fc.oneof(fc.constant('Ana'), fc.string({ unit: 'binary', minLength: 1 }))),
    preference: mostly(fc.constantFrom('critical', 'both')),
    active: mostly(fc.boolean()),
    channels: mostly(fc.array(contact, { maxLength: 3 })),
    quiet_hours: fc.record({
      from: fc.constantFrom('22:00', '7:00'),
      to: fc.constant('07:00'),
      time_zone: fc.oneof(fc.constantFrom('Europe/Paris', 'UTC'), fc.string()),
    }),
  },
  { requiredKeys: ['name'] },
);

const bodies = fc.oneof(
  fc.json(),
  nearly.map((value) => JSON.stringify(value)),
  person.map((value) => JSON.stringify(value)),
  fc.array(person, { maxLength: 4 }).map((users) => JSON.stringify({ users })),
);

const paths = fc.oneof(
  fc.constantFrom('here', 'nowhere', '%00', '%E0%A4', '%ED%A0%80', user, 'x'.repeat(300)),
  fc.string({ unit: 'grapheme' }).map(encodeURIComponent),
);
const anyPath = fc.oneof(
  paths.map((path) => `/stores/${path}`),
  paths.map((path) => `/stores/${path}/users`),
  paths.map((path) => `/stores/here/users/${path}`),
  paths.map((path) => `/users/${path}`),
);
const doors = fc.oneof(
  fc.constantFrom(
    ['post', '/stores'] as const,
    ['patch', '/stores/here'] as const,
    ['post', '/users'] as const,
    ['patch', `/users/${user}`] as const,
    ['put', '/stores/here/users'] as const,
    ['put', `/stores/here/users/${user}`] as const,
  ),
  fc.tuple(fc.constantFrom('put', 'patch', 'get', 'delete'), anyPath),
);

/** What comes through is rare among the rest. */
const right: [typeof doors extends fc.Arbitrary<infer Door> ? Door : never, string][] = [
  [['post', '/users'], '{"name":"Ana"}'],
  [['patch', '/stores/here'], '{"name":"Here"}'],
  [['get', '/users/nobody'], ''],
];

test('whatever is sent, no answer is a 5xx, and every refusal is a problem document', async () => {
  const statuses = new Set<number>();
  await fc.assert(
    fc.asyncProperty(doors, bodies, async ([method, path], body) => {
      const answer = await request(api.url)[method](path).set('content-type', 'application/json').send(body);
      statuses.add(answer.status);
      expect(answer.status).toBeLessThan(500);
      if (answer.status >= 400) expect(answer.type).toBe('application/problem+json');
    }),
    { numRuns: 500, examples: right },
  );
  expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 400, 404, 422]));
});
