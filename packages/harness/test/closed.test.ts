import { eventually } from '../src/eventually.js';
import { type System, startSystem } from '../src/system.js';
import { alert, call, postAlert } from './alerting.js';

const keys = { ingest: 'ingest-0123456789abcdefghij', operate: 'operate-0123456789abcdefghij' };
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

let system: System;

beforeAll(async () => {
  const API_KEYS = `operate:${keys.operate},ingest:${keys.ingest}`;
  system = await startSystem({ apis: 2, env: { API_KEYS } });
});

afterAll(() => system.stop());

test('with keys, signals come in by one that may publish, and pages reach the destination of our own', async () => {
  const [one = '', two = ''] = system.apiUrls;
  expect((await postAlert(one, alert())).body.reason).toBe('no_key');
  expect((await postAlert(one, alert(), bearer(keys.operate))).body.reason).toBe('wrong_scope');
  expect((await postAlert(one, alert(), bearer(keys.ingest))).status).toBe(202);
  await eventually(() => system.receiver.requests.length > 0);

  const pulled = await call('POST', `${two}/ingest/pull-status`, undefined, bearer(keys.operate));
  expect(pulled.body).toMatchObject({ stored: 2, routed: 1 });
  await eventually(async () => {
    const { body } = await call('GET', `${one}/destinations/pagerduty`, undefined, bearer(keys.operate));
    return (body.data as unknown[]).length === 1;
  });
  expect((await call('GET', `${one}/destinations/pagerduty`)).body.reason).toBe('no_key');
});
