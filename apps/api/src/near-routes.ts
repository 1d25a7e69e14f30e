import { isMisspelt } from '@signalbox/runtime';
import { access } from './access.js';

/** Beyond it nobody meant a route of ours. Unit: UTF-16 code units. */
const longestPath = 200;
/** What parts a path from a route, by segment: 0 is the same, 1 is another. */
const misspelt = 0.25;
const asParameter = 0.5;
const missing = 0.75;
/** Of routes equally near, those count first that end alike. */
const otherEnd = 0.01;

/** What may be in another method's place: routes by name, without those that take everything below them. */
const routes = access
  .filter(({ method, path }) => method !== 'all' && !path.includes('{'))
  .map(({ method, path }) => ({ method: method.toUpperCase(), path, segments: segmentsOf(path) }));

/** The methods that a path is there for, sorted. */
export function methodsOf(path: string): string[] {
  const segments = segmentsOf(path);
  const fitting = routes.filter((route) => fits(route.segments, segments));
  return [...new Set(fitting.map(({ method }) => method))].toSorted();
}

/** Routes that may have been meant by a request nothing answers, the nearest first, at most three: `POST /webhooks/alerts`. */
export function nearRoutes(method: string, path: string): string[] {
  if (path.length > longestPath) return [];
  const segments = segmentsOf(path);
  const near = routes
    .filter((route) => route.method === method)
    .map((route) => ({ ...route, apart: apart(segments, route.segments) }))
    .filter((route) => route.apart <= Math.max(segments.length, route.segments.length) / 2 + otherEnd)
    .toSorted((a, b) => a.apart - b.apart);
  const most = (near[0]?.apart ?? 0) + 0.5 + otherEnd;
  return near
    .filter((route) => route.apart <= most)
    .slice(0, 3)
    .map((route) => `${method} ${route.path}`);
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter(Boolean);
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  if (pattern.length !== segments.length) return false;
  return pattern.every((part, index) => part.startsWith(':') || part === segments[index]?.toLowerCase());
}

/** The least that must be done to the segments of a path until they fit a route: see Levenshtein's distance. */
function apart(segments: readonly string[], route: readonly string[]): number {
  let above = Array.from({ length: route.length + 1 }, (_, column) => column * missing);
  for (const [row, segment] of segments.entries()) {
    const line = [(row + 1) * missing];
    for (const [column, wanted] of route.entries()) {
      const other = (above[column] ?? 0) + segmentsApart(segment, wanted);
      const less = (above[column + 1] ?? 0) + missing;
      const more = (line[column] ?? 0) + missing;
      line.push(Math.min(other, less, more));
    }
    above = line;
  }
  return (above[route.length] ?? 0) + (segments.at(-1) === route.at(-1) ? 0 : otherEnd);
}

function segmentsApart(segment: string, wanted: string): number {
  if (wanted.startsWith(':')) return asParameter;
  if (segment.toLowerCase() === wanted) return 0;
  return isMisspelt(segment, wanted) ? misspelt : 1;
}
