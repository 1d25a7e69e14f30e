import type { Scope } from '@signalbox/domain';

/** How a route is called, and what for. */
export interface Access {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete' | 'all';
  /** As Express writes patterns; where two fit, the first counts. */
  path: string;
  /**
   * A scope that the caller's key must grant; `open`: nothing; `sender`: the signature that the door asks for, or an
   * `ingest` key where it asks for none.
   */
  needs: Scope | 'open' | 'sender';
}

/** Who may do what, over every route. What does not stand here needs `admin`. */
export const access: readonly Access[] = [
  { method: 'get', path: '/healthz', needs: 'open' },
  { method: 'get', path: '/readyz', needs: 'open' },
  { method: 'get', path: '/login', needs: 'open' },
  { method: 'get', path: '/login.css', needs: 'open' },
  { method: 'post', path: '/session', needs: 'open' },
  { method: 'post', path: '/session/end', needs: 'open' },
  { method: 'delete', path: '/session', needs: 'open' },

  { method: 'post', path: '/ingest/pull-status', needs: 'operate' },
  { method: 'post', path: '/ingest/stripe', needs: 'sender' },
  { method: 'post', path: '/ingest/:subscription_id', needs: 'sender' },
  { method: 'post', path: '/webhooks/alerts', needs: 'sender' },
  { method: 'post', path: '/events', needs: 'ingest' },
  { method: 'post', path: '/destinations/pagerduty', needs: 'ingest' },

  { method: 'get', path: '/destinations/pagerduty', needs: 'read' },
  { method: 'get', path: '/metrics', needs: 'read' },
  { method: 'get', path: '/openapi.json', needs: 'read' },
  { method: 'get', path: '/docs', needs: 'read' },
  { method: 'get', path: '/docs/:file', needs: 'read' },
  { method: 'get', path: '/events', needs: 'read' },
  { method: 'get', path: '/signals/:id', needs: 'read' },
  { method: 'get', path: '/signals/:id/deliveries', needs: 'read' },
  { method: 'get', path: '/signals/:id/revisions', needs: 'read' },
  { method: 'get', path: '/channels', needs: 'read' },
  { method: 'post', path: '/ai/summarize', needs: 'read' },

  { method: 'get', path: '/deliveries', needs: 'read' },
  { method: 'get', path: '/deliveries/:id', needs: 'read' },
  { method: 'post', path: '/deliveries/replay', needs: 'operate' },
  { method: 'post', path: '/deliveries/:id/replay', needs: 'operate' },
  { method: 'post', path: '/deliveries/:id/cancel', needs: 'operate' },

  { method: 'get', path: '/alerts/:alert_uuid', needs: 'read' },
  { method: 'post', path: '/alerts/preview', needs: 'read' },
  { method: 'post', path: '/alerts/drill', needs: 'operate' },

  { method: 'get', path: '/partners', needs: 'read' },
  { method: 'post', path: '/partners', needs: 'admin' },
  { method: 'get', path: '/partners/:id', needs: 'read' },
  { method: 'get', path: '/partners/:id/stats', needs: 'read' },
  { method: 'patch', path: '/partners/:id', needs: 'admin' },
  { method: 'delete', path: '/partners/:id', needs: 'admin' },

  { method: 'get', path: '/subscriptions', needs: 'read' },
  { method: 'post', path: '/subscriptions', needs: 'admin' },
  { method: 'post', path: '/subscriptions/preview', needs: 'read' },
  { method: 'get', path: '/subscriptions/:id', needs: 'read' },
  { method: 'get', path: '/subscriptions/:id/attempts', needs: 'read' },
  { method: 'get', path: '/subscriptions/:id/stats', needs: 'read' },
  { method: 'post', path: '/subscriptions/:id/test', needs: 'operate' },
  { method: 'post', path: '/subscriptions/:id/rotate-secret', needs: 'admin' },
  { method: 'patch', path: '/subscriptions/:id', needs: 'admin' },
  { method: 'delete', path: '/subscriptions/:id', needs: 'admin' },

  { method: 'get', path: '/stores', needs: 'read' },
  { method: 'post', path: '/stores', needs: 'admin' },
  { method: 'get', path: '/stores/:location', needs: 'read' },
  { method: 'patch', path: '/stores/:location', needs: 'admin' },
  { method: 'delete', path: '/stores/:location', needs: 'admin' },
  { method: 'get', path: '/stores/:location/users', needs: 'read' },
  { method: 'put', path: '/stores/:location/users', needs: 'admin' },
  { method: 'put', path: '/stores/:location/users/:id', needs: 'admin' },
  { method: 'delete', path: '/stores/:location/users/:id', needs: 'admin' },

  { method: 'get', path: '/users', needs: 'read' },
  { method: 'post', path: '/users', needs: 'admin' },
  { method: 'get', path: '/users/:id', needs: 'read' },
  { method: 'patch', path: '/users/:id', needs: 'admin' },
  { method: 'delete', path: '/users/:id', needs: 'admin' },

  { method: 'get', path: '/status-pages', needs: 'read' },
  { method: 'post', path: '/status-pages', needs: 'admin' },
  { method: 'delete', path: '/status-pages/:name', needs: 'admin' },

  { method: 'get', path: '/rejected', needs: 'read' },
  { method: 'get', path: '/rejected/:id', needs: 'read' },
  { method: 'post', path: '/rejected/resubmit', needs: 'operate' },
  { method: 'post', path: '/rejected/:id/resubmit', needs: 'operate' },
  { method: 'post', path: '/rejected/:id/dismiss', needs: 'operate' },

  { method: 'get', path: '/audit', needs: 'admin' },
  { method: 'get', path: '/api-keys', needs: 'admin' },
  { method: 'post', path: '/api-keys', needs: 'admin' },
  { method: 'delete', path: '/api-keys/:id', needs: 'admin' },

  // Bull Board: what it asks with GET changes nothing.
  { method: 'get', path: '/admin/queues{/*rest}', needs: 'read' },
  { method: 'all', path: '/admin/queues{/*rest}', needs: 'operate' },
];
