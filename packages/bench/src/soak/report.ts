import { median } from '../percentiles.js';
import { short, table } from '../table.js';
import { type Sample, type TableName, tables } from './sampling.js';

/** How a figure went: medians of the second and of the last fifth of the time. */
export interface Judged {
  name: string;
  early: number;
  late: number;
  /** By which it may be more at the end; null: shown only. */
  tolerance: string | null;
  isFlat: boolean;
}

interface Figure {
  name: string;
  /** @param first the first sample of all */
  of: (sample: Sample, first: Sample) => number;
  /** It may grow by this share, or by so much, whichever is more; absent: it is shown and not judged. */
  may?: { share: number; or: number };
}

const megabytes = (bytes: number) => bytes / 1e6;

const figuresOfProcesses: Figure[] = [
  { name: 'API resident, MB', of: ({ api }) => megabytes(api), may: { share: 0.1, or: 15 } },
  { name: 'worker resident, MB', of: ({ worker }) => megabytes(worker), may: { share: 0.1, or: 15 } },
  // Connections are opened as the moment needs them, up to the senders' 128; a leak shows among so many requests.
  { name: 'API files and sockets', of: ({ apiFiles }) => apiFiles, may: { share: 0, or: 100 } },
  { name: 'worker files and sockets', of: ({ workerFiles }) => workerFiles, may: { share: 0, or: 100 } },
  // The claims of a day stay: they are the memory of what was seen. Their table doubles now and then.
  {
    name: 'Redis, bytes per signal',
    of: ({ redis, tables: now }, first) =>
      (redis - first.redis) / (now.signals.rows - first.tables.signals.rows),
    may: { share: 0.25, or: 0 },
  },
  { name: 'API event loop late by p99, ms', of: ({ apiLag }) => apiLag },
];

/** Compares the second fifth with the last; in the first one all is being warmed up. */
export function judge(samples: readonly Sample[]): Judged[] {
  const first = samples[0];
  const fifth = Math.floor(samples.length / 5);
  if (!first || fifth === 0) throw new Error(`${samples.length} samples are too few to compare.`);
  const early = samples.slice(fifth, 2 * fifth);
  const late = samples.slice(-fifth);
  return [...figuresOfProcesses, ...tables.flatMap(figuresOf)].map(({ name, of, may }) => {
    const [from, to] = [early, late].map((part) => median(part.map((sample) => of(sample, first)))) as [
      number,
      number,
    ];
    const isFlat = !may || to - from <= Math.max(may.share * from, may.or);
    return { name, early: from, late: to, tolerance: may ? tolerance(may) : null, isFlat };
  });
}

function figuresOf(name: TableName): Figure[] {
  return [
    {
      name: `${name}, bytes per row`,
      of: ({ tables: now }) => now[name].bytes / now[name].rows,
      may: { share: 0.1, or: 0 },
    },
    { name: `${name}, dead per row`, of: ({ tables: now }) => now[name].dead / now[name].rows },
  ];
}

/** The names of what has grown by more than it may. */
export function grown(judged: readonly Judged[]): string[] {
  return judged.filter(({ isFlat }) => !isFlat).map(({ name }) => name);
}

/** A table of what was judged. */
export function figures(judged: readonly Judged[]): string {
  const head = ['', 'second fifth', 'last fifth', 'may grow by', ''];
  const row = ({ name, early, late, tolerance: may, isFlat }: Judged) => [
    name,
    short(early),
    short(late),
    may ?? '–',
    isFlat ? '' : 'grows',
  ];
  return table([head, ...judged.map(row)]);
}

function tolerance({ share, or }: { share: number; or: number }): string {
  const percent = `${share * 100} %`;
  if (or === 0) return percent;
  return share === 0 ? `${or}` : `${percent} or ${or}`;
}
