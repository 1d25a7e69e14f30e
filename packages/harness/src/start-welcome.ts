import { join, relative } from 'node:path';
import { dataDirOf, developmentStripeSecret, given } from './environment.js';
import { rootDir } from './paths.js';
import type { StartPlan } from './start-plan.js';

/** What is printed once everything is up: where things are, and what to try first. */
export function welcome(plan: StartPlan): string {
  return [
    '',
    'Signalbox is up.',
    '',
    ...places(plan),
    '',
    ...(plan.production ? [] : firstSteps(plan)),
    stopHint,
  ].join('\n');
}

const stopHint = 'Ctrl-C stops all of it; the data stay.\n';

function places(plan: StartPlan): string[] {
  const folder = join(plan.dataDir, 'logs');
  const logs = folder.startsWith(rootDir) ? relative(rootDir, folder) : folder;
  const lines = [
    ['API', plan.url],
    ['Bull Board', `${plan.url}/admin/queues`],
    ...(plan.receiverPort
      ? [['Notifications', `http://127.0.0.1:${plan.receiverPort.taken} (a stand-in for your service)`]]
      : []),
    ['Logs', `${logs}/api.log, ${logs}/worker.log`],
    ...(usesOwnStripeSecret()
      ? [['Stripe secret', `${developmentStripeSecret} (set STRIPE_WEBHOOK_SECRET for another)`]]
      : []),
  ];
  return lines.map(([name = '', value = '']) => `  ${name.padEnd(15)}${value}`);
}

function firstSteps(plan: StartPlan): string[] {
  // The command reads the same data folder we do, unless ours is one the shell it is pasted into does not know.
  const flag = plan.dataDir === dataDirOf({}) ? '' : ` --url ${plan.url}`;
  return [
    'Send a theft alert, a new one each time you paste this:',
    '',
    `  ${given(process.env.ALERTS_SECRET) ? `npm run send -- alerts theft --new${flag}` : alertCurl(plan.url)}`,
    '',
    'Send a signed Stripe event:',
    '',
    `  npm run send -- stripe payout_failed${flag}`,
    '',
  ];
}

function alertCurl(url: string): string {
  const alert = [
    String.raw`\"url\":\"https://example.com/clip.mp4\"`,
    String.raw`\"location\":\"fr-auchan-larochelle\"`,
    String.raw`\"alert_uuid\":\"$(node -p 'crypto.randomUUID()')\"`,
    String.raw`\"label\":\"theft\"`,
    String.raw`\"time_spotted\":$(date +%s)`,
  ].join(',');
  return `curl -sS -X POST ${url}/webhooks/alerts/ -H 'content-type: application/json' -d "{${alert}}"`;
}

function usesOwnStripeSecret(): boolean {
  const secret = given(process.env.STRIPE_WEBHOOK_SECRET);
  return secret === undefined && process.env.NODE_ENV !== 'production';
}
