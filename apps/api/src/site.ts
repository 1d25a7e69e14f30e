import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a page of ours made a request, or one of another site, as far as the browser tells. A script cannot set either
 * header. Sources: W3C Fetch Metadata; Fetch Standard, `Origin`.
 */
export function siteOf(headers: IncomingHttpHeaders): 'ours' | 'another' | 'unknown' {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none' ? 'ours' : 'another';
  if (origin === undefined) return 'unknown';
  return URL.canParse(origin) && new URL(origin).host === host ? 'ours' : 'another';
}
