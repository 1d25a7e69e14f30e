import { methodsOf, nearRoutes } from './near-routes.js';

test.each([
  ['POST', '/webhook/alerts', 'POST /webhooks/alerts'],
  ['POST', '/Webhooks/alert/', 'POST /webhooks/alerts'],
  ['POST', '/webhooks/stripe', 'POST /ingest/stripe'],
  ['POST', '/stripe', 'POST /ingest/stripe'],
  ['POST', '/subscription', 'POST /subscriptions'],
  ['GET', '/subscription/7/attempts', 'GET /subscriptions/:id/attempts'],
  ['GET', '/api/events', 'GET /events'],
  ['GET', '/metric', 'GET /metrics'],
])('%s %s: the nearest is %s', (method, path, nearest) => {
  expect(nearRoutes(method, path)[0]).toBe(nearest);
});

test('where several are near, it is three at most', () => {
  expect(nearRoutes('POST', '/ingest/alerts')).toContain('POST /webhooks/alerts');
  expect(nearRoutes('POST', '/ingest/alerts').length).toBeLessThanOrEqual(3);
});

test.each(['/', '/wp-login.php', '/foo/bar', '/a/b/c/d/e', `/${'webhooks/'.repeat(5_000)}alerts`])(
  'nothing is near %.30s',
  (path) => {
    expect(nearRoutes('GET', path)).toEqual([]);
  },
);

test.each([
  ['/webhooks/alerts', ['POST']],
  ['/stores/x/users/', ['GET', 'PUT']],
  ['/nowhere', []],
])('%s is there for %j', (path, methods) => {
  expect(methodsOf(path)).toEqual(methods);
});
