import { join } from 'node:path';
import { signStandardWebhook } from '@signalbox/domain';
import { eventually } from '../src/eventually.js';
import { harnessDir } from '../src/paths.js';
import { freePort } from '../src/ports.js';
import { type Child, startChild } from '../src/processes.js';
import { type Arrival, renderPage } from '../src/receiver-page.js';
import { discardFolder, makeFolder } from './folder.js';

const secret = `whsec_${Buffer.alloc(32, 'secret').toString('base64')}`;

describe('the built-in receiver', () => {
  let folder: string;
  let url: string;
  let child: Child;

  beforeAll(async () => {
    folder = await makeFolder();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    child = await startChild({
      name: 'receiver',
      command: process.execPath,
      args: [join(harnessDir, 'dist/receiver.js')],
      env: { PORT: String(port), NOTIFICATION_SECRET: secret },
      output: { file: join(folder, 'receiver.log') },
      ipc: true,
    });
    await eventually(async () => (await fetch(`${url}/received.json`)).ok);
  });

  afterAll(async () => {
    await child.stop();
    await discardFolder(folder);
  });

  it('tells a valid signature from a wrong, an old and a missing one', async () => {
    const now = Math.floor(Date.now() / 1000);
    await post('/valid', signStandardWebhook([secret], 'msg_1', now, '{"label":"theft"}'));
    await post('/wrong', signStandardWebhook([secret], 'msg_1', now, 'another body'));
    await post('/old', signStandardWebhook([secret], 'msg_1', now - 3_600, '{"label":"theft"}'));
    await post('/missing', {});
    const seen = (await received()).map(({ path, signature }) => [path, signature]);
    expect(seen).toEqual([
      ['/valid', 'valid'],
      ['/wrong', 'wrong'],
      ['/old', 'too old'],
      ['/missing', 'missing'],
    ]);
  });

  it('prints one line for each arrival', async () => {
    await post('/printed', { 'idempotency-key': 'k' });
    await eventually(() => child.written().includes('← /printed label=theft · signature missing'));
  });

  it('refuses more than 1 MiB', async () => {
    const response = await fetch(url, { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) });
    expect(response.status).toBe(413);
  });

  const post = (path: string, headers: object) =>
    fetch(url + path, { method: 'POST', headers: { ...headers }, body: '{"label":"theft"}' });
  const received = async () => (await (await fetch(`${url}/received.json`)).json()) as Arrival[];
});

describe('renderPage', () => {
  it('shows what came as text, whatever it is', () => {
    const arrival: Arrival = {
      at: '2026-01-01T00:00:00.000Z',
      method: 'POST',
      path: '/<script>',
      signature: 'valid',
      idempotencyKey: '"&\'',
      requestId: null,
      webhookId: null,
      body: { text: '<img src=x>' },
    };
    const page = renderPage([arrival]);
    expect(page).not.toMatch(/<script|<img/);
    expect(page).toContain('&lt;img src=x&gt;');
    expect(page).toContain('&quot;&amp;&#39;');
  });
});
