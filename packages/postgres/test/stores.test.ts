import { newId } from '@signalbox/domain';
import {
  addStore,
  addUser,
  changeUser,
  connect,
  findStore,
  findUser,
  type ListedUser,
  newestUsersOfStore,
  type Pool,
  putMembership,
  removeMembership,
  removeStore,
  removeUser,
  renameStore,
  setUsersOfStore,
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

async function newStore(): Promise<string> {
  const location = `store-${newId()}`;
  await addStore(pool, { id: newId(), location, name: location });
  return location;
}

async function newUser(): Promise<string> {
  const id = newId();
  await addUser(pool, { id, name: 'someone' });
  return id;
}

/** Everybody in a store, with what holds there. */
async function membersOf(location: string): Promise<Record<string, string | null>> {
  const rows = await newestUsersOfStore(pool, location, 500, null);
  return Object.fromEntries(rows.map(({ id, store_preference }) => [id, store_preference]));
}

function named(count: number): ListedUser[] {
  return Array.from({ length: count }, (_, index) => ({ id: newId(), name: `user ${index}` }));
}

async function somebodyWaits(): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rowCount !== 0;
}

describe('a store', () => {
  test('has a location of its own, a name that may change, and counts its users', async () => {
    const location = `店/${newId()} ü`;
    const store = { id: newId(), location, name: 'First' };
    expect(await addStore(pool, store)).toMatchObject({ ...store, users: 0 });
    expect(await addStore(pool, { ...store, id: newId() })).toBeNull();
    await putMembership(pool, location, await newUser(), null);
    expect(await renameStore(pool, location, 'Second')).toMatchObject({ ...store, name: 'Second', users: 1 });
    expect(await findStore(pool, location)).toMatchObject({ name: 'Second', users: 1 });
  });

  test('that is removed is gone with its memberships; its users stay', async () => {
    const location = await newStore();
    const user = await newUser();
    await putMembership(pool, location, user, null);
    expect(await removeStore(pool, location)).toBe(true);
    expect(await removeStore(pool, location)).toBe(false);
    expect(await findStore(pool, location)).toBeNull();
    expect(await renameStore(pool, location, 'x')).toBeNull();
    expect(await findUser(pool, user)).not.toBeNull();
  });
});

describe('a membership', () => {
  test('is added once, keeps its preference unless told otherwise, and ends', async () => {
    const location = await newStore();
    const user = await newUser();
    const put = (preference?: 'critical' | null) => putMembership(pool, location, user, preference);
    expect(await put()).toEqual({ type: 'added', preference: null });
    expect(await put('critical')).toEqual({ type: 'changed', preference: 'critical' });
    expect(await put()).toEqual({ type: 'changed', preference: 'critical' });
    expect(await put(null)).toEqual({ type: 'changed', preference: null });
    expect(await removeMembership(pool, location, user)).toBe(true);
    expect(await removeMembership(pool, location, user)).toBe(false);
    expect(await put('critical')).toEqual({ type: 'added', preference: 'critical' });
  });

  test('needs a store and a user', async () => {
    const [location, user] = [await newStore(), await newUser()];
    expect(await putMembership(pool, 'nowhere', user, null)).toEqual({ type: 'unknown-store' });
    expect(await putMembership(pool, location, newId(), null)).toEqual({ type: 'unknown-user' });
  });

  test('asked for while its store or its user is removed is made or refused, never an error', async () => {
    for (let time = 0; time < 20; time += 1) {
      const [location, user] = [await newStore(), await newUser()];
      const [joined] = await Promise.all([
        putMembership(pool, location, user, null),
        time % 2 ? removeStore(pool, location) : removeUser(pool, user),
      ]);
      expect(['added', time % 2 ? 'unknown-store' : 'unknown-user']).toContain(joined.type);
      expect(await membersOf(location)).toEqual({});
    }
  });
});

describe('a list of users', () => {
  test('makes, changes, adds and removes, and answers how many', async () => {
    const location = await newStore();
    const [stays, goes, comes, changes] = [
      await newUser(),
      await newUser(),
      await newUser(),
      await newUser(),
    ];
    for (const user of [stays, goes, changes]) await putMembership(pool, location, user, 'critical');
    const made = newId();
    const list: ListedUser[] = [
      { id: stays },
      { id: comes, store_preference: 'standard' },
      { id: changes, active: false, store_preference: null },
      { id: made, name: 'new', preference: 'standard', store_preference: undefined },
    ];
    const answer = { type: 'imported', created: 1, updated: 1, added: 2, removed: 1 };
    expect(await setUsersOfStore(pool, location, list)).toEqual(answer);
    expect(await membersOf(location)).toEqual({
      [stays]: 'critical',
      [comes]: 'standard',
      [changes]: null,
      [made]: null,
    });
    expect(await findUser(pool, changes)).toMatchObject({ name: 'someone', active: false });
    expect(await findUser(pool, made)).toMatchObject({ name: 'new', preference: 'standard', active: true });
    expect(await findUser(pool, goes)).not.toBeNull();

    const nothing = { type: 'imported', created: 0, updated: 0, added: 0, removed: 0 };
    expect(await setUsersOfStore(pool, location, list)).toEqual(nothing);
  });

  test('that is empty empties the store', async () => {
    const location = await newStore();
    await setUsersOfStore(pool, location, named(3));
    expect(await setUsersOfStore(pool, location, [])).toMatchObject({ removed: 3 });
    expect(await membersOf(location)).toEqual({});
  });

  test('with unknown users changes nothing and says where they are', async () => {
    const location = await newStore();
    const user = await newUser();
    const [first, ...rest] = named(2) as [ListedUser, ListedUser];
    const list = [
      { id: user, name: 'changed' },
      { id: newId() },
      first,
      { id: newId(), active: true },
      ...rest,
    ];
    expect(await setUsersOfStore(pool, location, list)).toEqual({ type: 'unknown-users', indexes: [1, 3] });
    expect(await membersOf(location)).toEqual({});
    expect(await findUser(pool, user)).toMatchObject({ name: 'someone' });
    expect(await findUser(pool, first.id)).toBeNull();
    expect(await setUsersOfStore(pool, 'nowhere', list)).toEqual({ type: 'unknown-store' });
  });

  test('sent with another at the same time holds whole, whichever comes last', async () => {
    const location = await newStore();
    for (let time = 0; time < 10; time += 1) {
      const lists = [named(100), named(100)];
      await Promise.all(lists.map((list) => setUsersOfStore(pool, location, list)));
      const members = Object.keys(await membersOf(location)).toSorted();
      expect(lists.map((list) => list.map(({ id }) => id).toSorted())).toContainEqual(members);
    }
  });

  test('of a second store with the same new users in another order makes each of them once', async () => {
    const stores = await Promise.all([newStore(), newStore()]);
    for (let time = 0; time < 10; time += 1) {
      const list = named(500);
      const answers = await Promise.all([
        setUsersOfStore(pool, stores[0], list),
        setUsersOfStore(pool, stores[1], list.toReversed()),
      ]);
      const created = answers.map((answer) => (answer.type === 'imported' ? answer.created : null));
      expect(created).toContain(500);
      expect(created).toContain(0);
    }
  });

  test('with a user who is being removed waits for that, and then knows nobody of that id', async () => {
    const location = await newStore();
    const [stays, goes] = [await newUser(), await newUser()];
    const client = await pool.connect();
    await client.query('begin');
    await client.query('delete from users where id = $1', [goes]);
    const answer = setUsersOfStore(pool, location, [{ id: stays }, { id: goes }]);
    while (!(await somebodyWaits())) await new Promise((resolve) => setTimeout(resolve, 5));
    await client.query('commit');
    client.release();
    expect(await answer).toEqual({ type: 'unknown-users', indexes: [1] });
  });

  test('lists of several stores, memberships and changes at once wait for each other in no circle', async () => {
    const stores = await Promise.all([newStore(), newStore(), newStore()]);
    const known = await Promise.all(Array.from({ length: 50 }, newUser));
    for (let time = 0; time < 10; time += 1) {
      const made = named(50);
      const list = [...made, ...known.map((id) => ({ id, name: `round ${time}` }))];
      await Promise.all([
        ...stores.map((location, turn) =>
          setUsersOfStore(pool, location, turn % 2 ? list : list.toReversed()),
        ),
        ...known.slice(0, 10).map((id) => putMembership(pool, stores[0], id, 'critical')),
        ...known.slice(0, 10).map((id) => changeUser(pool, id, { active: time % 2 === 0 })),
        ...made.slice(0, 10).map(({ id }) => addUser(pool, { id, name: 'first' })),
        removeMembership(pool, stores[1], known[0] as string),
      ]);
    }
    expect(Object.keys(await membersOf(stores[2]))).toHaveLength(100);
  });
});
