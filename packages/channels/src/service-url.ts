import { z } from 'zod';

/**
 * A zod field for the URL of a service we POST to.
 * @param purpose completes "must be …", e.g. `the URL of the notification service`
 */
export function serviceUrl(purpose: string) {
  return z
    .string(`must be ${purpose}`)
    .trim()
    .refine(isServiceUrl, {
      error: `must be ${purpose}: http:// or https://, without a user name or a password`,
    });
}

function isServiceUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}
