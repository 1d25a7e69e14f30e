import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { nearestName } from '@signalbox/runtime';
import { rootDir } from './paths.js';

/** What is probably wrong in `.env` at the root, a sentence each; nothing where there is none. */
export function dotEnvMistakes(): string[] {
  const file = join(rootDir, '.env');
  if (!existsSync(file)) return [];
  return mistakesIn(readFileSync(file, 'utf8'), readFileSync(join(rootDir, '.env.example'), 'utf8'));
}

/**
 * What is probably wrong in the text of a `.env`. Only what is near a variable of ours: other programs read the file too.
 * @param example of all variables there are, as in `.env.example`
 */
export function mistakesIn(text: string, example: string): string[] {
  const known = namesIn(example);
  const unknown = namesIn(text).filter((name) => !known.includes(name));
  return [...unknown.flatMap((name) => misspelt(name, known)), ...linesThatSetNothing(text, known)];
}

function namesIn(text: string): string[] {
  return Object.keys(parseEnv(text));
}

function misspelt(name: string, known: readonly string[]): string[] {
  const meant = nearestName(name, known);
  return meant === null ? [] : [`.env: Signalbox does not know ${name}; did you mean ${meant}?`];
}

/** Such as `PORT: 3000` or `PORT 3000`. Node takes what follows up to the next "=" for one long name. */
function linesThatSetNothing(text: string, known: readonly string[]): string[] {
  return text.split('\n').flatMap((line, index) => {
    const [, name = ''] = /^\s*(?:export\s+)?(\w+)(?:\s*:|\s+)[^=]*$/.exec(line) ?? [];
    if (!known.includes(name)) return [];
    return [
      `.env: line ${index + 1} has no "=", so that neither it nor the next one counts; write ${name}=value.`,
    ];
  });
}
