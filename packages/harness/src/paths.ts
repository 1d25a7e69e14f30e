import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this package. Holds for `src` and for `dist`, which lie equally deep. */
export const harnessDir = fileURLToPath(new URL('..', import.meta.url));

/** The root of the checkout. */
export const rootDir = join(harnessDir, '../..');

/** What may be deleted and is then fetched again: tools, unpacked server binaries. */
export const cacheDir = join(rootDir, '.cache');
