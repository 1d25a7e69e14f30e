import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from '../bootstrap/pid-lock.mjs';
import { eventually } from '../src/eventually.js';
import { rootDir } from '../src/paths.js';
import { answersOk } from '../src/readiness.js';
import { type System, startSystem } from '../src/system.js';
import { askApi } from './documented.js';

describe('startSystem', () => {
  let system: System | undefined;
  const parent = join(process.env.TEST_DATA_DIR ?? join(rootDir, '.data'), `of-system-test-${randomUUID()}`);

  // Other tests make systems at the same time; these look at what theirs leave behind.
  beforeAll(() => {
    process.env.TEST_DATA_DIR = parent;
  });

  afterEach(async () => {
    await system?.stop();
  });

  it('brings an alert from any of its APIs to the receiver, over the death of each part', async () => {
    system = await startSystem({ apis: 2, workers: 2, ownPostgres: true });
    const { apis, workers, redis, postgres, receiver } = system;
    expect(new Set(system.apiUrls).size).toBe(2);
    await arrives(system, 0);
    await arrives(system, 1);

    await apis[0]?.kill();
    await expect(answersOk(`${system.apiUrl}/healthz`)).rejects.toThrow();
    await apis[0]?.restart();
    await Promise.all(workers.map((worker) => worker.kill()));
    expect(workers.map((worker) => worker.hasEnded())).toEqual([true, true]);
    await Promise.all(workers.map((worker) => worker.restart()));
    await redis.kill();
    await redis.restart();
    await redis.flush();
    redis.pause();
    redis.resume();
    await postgres.kill();
    await postgres.start();
    await arrives(system, 0);

    receiver.respond(() => ({ status: 503 }));
    expect(await apis[1]?.stop()).toBe('exit code 0');
    expect(workers[0]?.output()).toContain('worker.started');
  }, 120_000);

  it('leaves nothing behind', async () => {
    const before = await folders();
    system = await startSystem();
    const pids = [...system.apis, ...system.workers].map((app) => app.pid());
    await system.stop();
    await system.stop();
    expect(pids.filter((pid) => isAlive(pid, 'main.js'))).toEqual([]);
    expect(await folders()).toEqual(before);
  });

  it('says why a part does not come up, and ends the others', async () => {
    const before = await folders();
    const failing = startSystem({ env: { DATABASE_URL: 'nonsense' } });
    await expect(failing).rejects.toThrow(
      /api-1 did not come up: it ended with exit code 1\n.*DATABASE_URL/s,
    );
    expect(await folders()).toEqual(before);
  });
});

async function arrives(system: System, api: number): Promise<void> {
  const alert = {
    url: 'https://example.com/clip.mp4',
    location: 'fr-auchan-larochelle',
    alert_uuid: randomUUID(),
    label: 'theft',
    time_spotted: Date.now() / 1000,
  };
  await eventually(async () => {
    const response = await askApi(`${system.apiUrls[api]}/webhooks/alerts/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alert),
    });
    return response.ok;
  });
  const told = () => system.receiver.requests.filter((request) => request.body.includes(alert.alert_uuid));
  await eventually(() => new Set(told().map(({ headers }) => headers['idempotency-key'])).size === 2, {
    timeoutMs: 60_000,
  });
}

async function folders(): Promise<string[]> {
  const parent = process.env.TEST_DATA_DIR as string;
  const names = existsSync(parent) ? await readdir(parent) : [];
  return names.filter((name) => name.startsWith('system-'));
}
