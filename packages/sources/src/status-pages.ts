import { flag, integer } from '@signalbox/domain';
import { z } from 'zod';

const url = z.url({ protocol: /^https?$/, error: 'must be the http(s) URL of a summary.json' }).optional();

/** The environment variables that say which pages are polled, and how. */
export const statusSettings = {
  SPREEDLY_STATUS_SUMMARY_URL: url,
  BRAZE_STATUS_SUMMARY_URL: url,
  /** In production a page without a URL is read from the fixtures only when this says so. */
  STATUS_FIXTURES: flag.optional(),
  STATUS_POLL_SECONDS: integer(10, 86_400).default(60),
  /** One outage, one page: a component pages nobody while a critical incident of its page is open. */
  STATUS_SUPPRESS_COMPONENTS: flag.default(true),
};
export type StatusSettings = z.infer<z.ZodObject<typeof statusSettings>>;

/** Where a page is read: from the network, from the fixture of its name, or nowhere until it is configured. */
export type PageLocation =
  | { type: 'url'; url: string }
  | { type: 'fixture' }
  | { type: 'nowhere'; missing: string };

/** A page that is polled. */
export interface PolledPage {
  /** The `source` of its signals is `<name>_status`. */
  name: string;
  location: PageLocation;
}

/** The pages the environment names. */
export function environmentPages(settings: StatusSettings, production: boolean): PolledPage[] {
  const fixtures = settings.STATUS_FIXTURES ?? !production;
  const page = (name: string, variable: 'SPREEDLY_STATUS_SUMMARY_URL' | 'BRAZE_STATUS_SUMMARY_URL') => {
    const url = settings[variable];
    if (url !== undefined) return { name, location: { type: 'url', url } as const };
    return {
      name,
      location: fixtures ? ({ type: 'fixture' } as const) : ({ type: 'nowhere', missing: variable } as const),
    };
  };
  return [page('spreedly', 'SPREEDLY_STATUS_SUMMARY_URL'), page('braze', 'BRAZE_STATUS_SUMMARY_URL')];
}

/** Every page there is: those of the environment, and those that were added (a stored one without a URL only keeps state). */
export function allPages(
  settings: StatusSettings,
  production: boolean,
  stored: readonly { name: string; url: string | null }[],
): PolledPage[] {
  const added = stored.flatMap(({ name, url }) =>
    url === null ? [] : [{ name, location: { type: 'url', url } as const }],
  );
  return [...environmentPages(settings, production), ...added];
}
