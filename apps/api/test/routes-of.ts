import express, { type Express } from 'express';

/** How a route is called: `get /signals/:id`. What is mounted as a whole, say a folder, is `all /static/*rest`. */
export interface Route {
  method: string;
  path: string;
}

interface Layer {
  route?: { path: string | string[]; methods: Record<string, boolean> };
}
interface Mounted {
  router?: { stack: Layer[] };
  stack?: Layer[];
}

/** What was mounted where; Express itself forgets the paths. */
const mounts = new Map<unknown, { path: string; what: Mounted }[]>();

/** Notes what the apps that are made from now on mount. */
export function watchMounts(): void {
  const use = express.application.use as (...args: unknown[]) => unknown;
  express.application.use = function (this: unknown, ...args: unknown[]) {
    const [path, ...handlers] = typeof args[0] === 'string' ? args : ['/', ...args];
    const added = handlers.flat().map((what) => ({ path: path as string, what: what as Mounted }));
    mounts.set(this, [...(mounts.get(this) ?? []), ...added]);
    return use.apply(this, args);
  } as typeof express.application.use;
}

/** Every route of an app, and of what is mounted in it. */
export function routesOf(app: Express): Route[] {
  return within(app as unknown as Mounted, '');
}

function within(mounted: Mounted, prefix: string): Route[] {
  const layers = mounted.stack ?? mounted.router?.stack ?? [];
  const own = layers.flatMap(({ route }) => (route ? ownRoutes(route, prefix) : []));
  const inner = (mounts.get(mounted) ?? []).flatMap(({ path, what }) => {
    const at = path === '/' ? prefix : prefix + path;
    if (what.stack || what.router) return within(what, at);
    // A function at no path of its own is middleware.
    return path === '/' ? [] : [{ method: 'all', path: `${at}/*rest` }];
  });
  return [...own, ...inner];
}

function ownRoutes({ path, methods }: NonNullable<Layer['route']>, prefix: string): Route[] {
  return [path].flat().flatMap((one) =>
    Object.keys(methods)
      .filter((method) => method !== '_all' || Object.keys(methods).length === 1)
      .map((method) => ({
        method: method.replace('_all', 'all'),
        path: prefix + (one === '/' ? '' : one) || '/',
      })),
  );
}
