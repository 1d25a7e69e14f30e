const here = 'http://here.invalid';

/**
 * A path of ours that somebody is to be led to; null for anything that leads elsewhere, or that a browser may read so:
 * `//evil`, `/\evil`, a URL.
 */
export function localPath(text: unknown): string | null {
  if (typeof text !== 'string' || !/^\/(?![/\\])[\x21-\x7e]*$/.test(text)) return null;
  return URL.canParse(text, here) && new URL(text, here).origin === here ? text : null;
}
