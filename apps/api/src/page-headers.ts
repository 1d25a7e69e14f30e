import type { RequestHandler } from 'express';
import helmet, { contentSecurityPolicy } from 'helmet';

/** What a page of ours may load, run and do: nothing but what comes from us. */
const policy = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
  'base-uri': ["'none'"],
};

/** Half a year. Unit: s. */
const httpsFor = 180 * 24 * 60 * 60;

/** What browsers need to know of every answer. */
export function pageHeaders({ production }: { production: boolean }): RequestHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: policy },
    // Browsers heed it over HTTPS only. Other services of the same domain are none of our business.
    strictTransportSecurity: production && { maxAge: httpsFor, includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
    // With no-referrer a browser would say `Origin: null` of our own forms, which we could not tell from another site's.
    referrerPolicy: { policy: 'same-origin' },
  });
}

/**
 * Bull Board names its own base. Without inline styles its first moment and its editor of a job's data look plain, and
 * without the font it links to it uses another; all else works.
 */
export const boardHeaders: RequestHandler = contentSecurityPolicy({
  useDefaults: false,
  directives: { ...policy, 'base-uri': ["'self'"] },
});
