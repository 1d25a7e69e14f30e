import { newId } from '@signalbox/domain';
import {
  addStore,
  addUser,
  changeUser,
  connect,
  findUser,
  newestUsers,
  type Pool,
  putMembership,
  removeUser,
  storesOfUser,
  type UserRow,
} from '../src/index.js';
import { type TestDatabase, testDatabase } from '../src/testing.js';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase();
  pool = connect(database.url, 10, () => undefined);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const quiet_hours = { from: '22:00', to: '07:00', timeZone: 'Europe/Paris' };
const channels = [
  { channel: 'email', address: 'ana@example.com', severities: ['critical' as const] },
  { channel: 'notification', address: null, severities: null },
];

async function longUnchanged(): Promise<UserRow> {
  const id = newId();
  await addUser(pool, { id, name: 'Ana', channels, quiet_hours });
  await pool.query(`update users set updated_at = '2024-01-01' where id = $1`, [id]);
  return (await findUser(pool, id)) as UserRow;
}

test('a user of whom only the name is told has the defaults of the table', async () => {
  const id = newId();
  const user = await addUser(pool, { id, name: 'Ana' });
  expect(user).toEqual({
    id,
    name: 'Ana',
    preference: 'both',
    active: true,
    channels: [],
    quiet_hours: null,
    created_at: expect.any(Date),
    updated_at: user?.created_at,
  });
  expect(await findUser(pool, id)).toEqual(user);
});

test('a user comes back as told; the same id a second time is null and changes nothing', async () => {
  const user = {
    id: newId(),
    name: 'Zoë 店',
    preference: 'critical' as const,
    active: false,
    channels,
    quiet_hours,
  };
  expect(await addUser(pool, user)).toMatchObject(user);
  expect(await addUser(pool, { id: user.id, name: 'Else' })).toBeNull();
  expect(await findUser(pool, user.id)).toMatchObject(user);
});

test.each([
  { name: 'Bea' },
  { preference: 'standard' as const },
  { active: false },
  { channels: [] },
  { quiet_hours: null },
  { quiet_hours: { ...quiet_hours, to: '06:00' } },
])('%j changes that and nothing else', async (change) => {
  const before = await longUnchanged();
  const after = await changeUser(pool, before.id, change);
  expect(after).toEqual({ ...before, ...change, updated_at: expect.any(Date) });
  expect(after?.updated_at).not.toEqual(before.updated_at);
});

test('a change that changes nothing leaves updated_at alone', async () => {
  const before = await longUnchanged();
  expect(await changeUser(pool, before.id, {})).toEqual(before);
  expect(await changeUser(pool, before.id, { name: 'Ana', channels, quiet_hours })).toEqual(before);
});

test('two changes at once to different fields both hold', async () => {
  const id = newId();
  await addUser(pool, { id, name: 'Ana' });
  for (let time = 0; time < 20; time += 1) {
    const name = `Ana ${time}`;
    const active = time % 2 === 0;
    await Promise.all([changeUser(pool, id, { name }), changeUser(pool, id, { active })]);
    expect(await findUser(pool, id)).toMatchObject({ name, active });
  }
});

test('an unknown user is null, and cannot be removed', async () => {
  expect(await findUser(pool, newId())).toBeNull();
  expect(await changeUser(pool, newId(), { name: 'Ana' })).toBeNull();
  expect(await removeUser(pool, newId())).toBe(false);
});

test('who is removed belongs to no store any more', async () => {
  const id = newId();
  const [here, there] = [`b-${newId()}`, `a-${newId()}`] as const;
  await addUser(pool, { id, name: 'Ana' });
  for (const location of [here, there]) await addStore(pool, { id: newId(), location, name: location });
  await putMembership(pool, here, id, 'critical');
  await putMembership(pool, there, id, undefined);
  expect(await storesOfUser(pool, id)).toEqual([
    { location: there, preference: null },
    { location: here, preference: 'critical' },
  ]);
  expect(await removeUser(pool, id)).toBe(true);
  expect(await storesOfUser(pool, id)).toEqual([]);
});

test('pages are newest first and meet without a gap', async () => {
  const ids = [newId(), newId(), newId()];
  for (const id of ids) await addUser(pool, { id, name: 'Ana' });
  const first = await newestUsers(pool, 2, null);
  const second = await newestUsers(pool, 1, ids[1] as string);
  expect([...first, ...second].map(({ id }) => id)).toEqual(ids.toReversed());
});
