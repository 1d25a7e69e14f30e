import type { JsonSchema } from './json-schema.js';
import type { Documented } from './operations.js';

/** How callers prove who they are. */
export const securitySchemes = {
  key: { type: 'http', scheme: 'bearer', description: 'An API key.' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'signalbox_session',
    description: 'What POST /session and the login page set.',
  },
};

/** What a caller needs, for programs. */
export function securityOf({ access: { needs }, operation }: Documented): JsonSchema[] {
  if (needs === 'open' || operation.isSigned) return [];
  // Where a signature is asked for, no key is needed.
  if (needs === 'sender') return [{ key: ['ingest'] }, {}];
  return [{ key: [needs] }, { session: [needs] }];
}

/** The same, for people. */
export function needsOf({ access: { needs }, operation }: Documented): string {
  if (needs === 'open') return 'Needs nothing.';
  if (operation.isSigned) return 'Needs a signature.';
  if (needs === 'sender') return 'Needs a signature, or a key with `ingest` where none is asked for.';
  return `Needs a key with \`${needs}\`.`;
}
