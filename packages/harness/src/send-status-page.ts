import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { listen } from './listener.js';
import { callApi, type Exchange } from './send-call.js';

/**
 * Plays a vendor: serves a fixture as a status page for as long as it takes to have it polled once.
 * @param isNew under a name of its own, so that everything on it is new
 */
export async function pullStatusPage(
  url: string,
  fixture: string,
  file: string,
  isNew: boolean,
): Promise<Exchange> {
  const vendor = await listen();
  const body = readFileSync(file, 'utf8');
  vendor.respond(() => ({ status: 200, headers: { 'content-type': 'application/json' }, body }));
  const suffix = isNew ? `-${randomBytes(3).toString('hex')}` : '';
  const name = `sent-${fixture.replace(/_summary$/, '').replaceAll('_', '-')}${suffix}`;
  const page = JSON.stringify({ name, url: `${vendor.url}/api/v2/summary.json` });
  try {
    const added = await callApi(url, 'POST', '/status-pages', { body: page });
    if (added.status !== 201) return added;
    return await callApi(url, 'POST', '/ingest/pull-status');
  } finally {
    await callApi(url, 'DELETE', `/status-pages/${name}`);
    await vendor.close();
  }
}
