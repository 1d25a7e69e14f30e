import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rootDir } from './paths.js';

/** The secret `npm start` and `npm run send` agree on until STRIPE_WEBHOOK_SECRET says otherwise. */
export const developmentStripeSecret = 'whsec_signalbox_development';

/** Reads `.env` at the root, when there is one; what the shell has set stays. */
export function loadDotEnv(): void {
  const file = join(rootDir, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
}

/** SIGNALBOX_DATA_DIR as an absolute path, `.data` at the root unless set. */
export function dataDirOf(env: NodeJS.ProcessEnv): string {
  return resolve(rootDir, given(env.SIGNALBOX_DATA_DIR) ?? '.data');
}

/**
 * PORT, 3000 unless set.
 * @throws an Error in plain words when it is no port
 */
export function portOf(env: NodeJS.ProcessEnv): number {
  const port = Number(given(env.PORT) ?? 3000);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`PORT must be a number from 1 to 65535, not "${env.PORT}".`);
  }
  return port;
}

/** A variable that is set to nothing counts as not set. */
export function given(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}
