import { sources } from '@signalbox/sources';
import express, { type Express } from 'express';
import { pinoHttp } from 'pino-http';
import type { Context } from './context.js';
import { correlationId } from './correlation.js';
import { notFound, onError } from './problem.js';
import { mountAlerts } from './routes/alerts.js';
import { mountAttempts } from './routes/attempts.js';
import { mountBoard } from './routes/board.js';
import { mountChannels } from './routes/channels.js';
import { mountDeliveries } from './routes/deliveries.js';
import { mountEvents } from './routes/events.js';
import { mountHealth } from './routes/health.js';
import { mountSources } from './routes/ingest.js';
import { mountMemberships } from './routes/memberships.js';
import { mountMetrics } from './routes/metrics.js';
import { mountPagerdutyMock } from './routes/pagerduty-mock.js';
import { mountPartners } from './routes/partners.js';
import { mountPullStatus } from './routes/pull-status.js';
import { mountStats } from './routes/stats.js';
import { mountStatusPages } from './routes/status-pages.js';
import { mountStores } from './routes/stores.js';
import { mountSubscriptionPreview } from './routes/subscription-preview.js';
import { mountSubscriptionTest } from './routes/subscription-test.js';
import { mountSubscriptions } from './routes/subscriptions.js';
import { mountSummarize } from './routes/summarize.js';
import { mountUsers } from './routes/users.js';
import { mountWebhooks } from './routes/webhooks.js';

/** The whole HTTP surface. The ingest doors come first: they are hot, and write their own log line. */
export function createApp(context: Context): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  mountSources(app, sources, context);
  mountWebhooks(app, context);
  app.use(accessLog(context));
  mountHealth(app, context);
  mountMetrics(app, context);
  mountEvents(app, context);
  mountDeliveries(app, context);
  mountAttempts(app, context);
  mountStats(app, context);
  mountAlerts(app, context);
  mountStores(app, context);
  mountUsers(app, context);
  mountMemberships(app, context);
  mountPartners(app, context);
  mountSubscriptions(app, context);
  mountSubscriptionTest(app, context);
  mountSubscriptionPreview(app, context);
  mountChannels(app);
  mountSummarize(app, context);
  mountPullStatus(app, context);
  mountStatusPages(app, context);
  mountPagerdutyMock(app, context);
  mountBoard(app, context);
  app.use(notFound);
  app.use(onError(context.log));
  return app;
}

function accessLog({ log }: Context) {
  return pinoHttp({
    logger: log,
    genReqId: (request, response) => {
      const id = correlationId(request.headers);
      response.setHeader('x-request-id', id);
      return id;
    },
    // What is asked for every few seconds, or is part of a page, would drown the rest.
    autoLogging: {
      ignore: ({ url }) =>
        url === '/healthz' || url === '/readyz' || url === '/metrics' || url?.startsWith('/admin/') === true,
    },
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'correlation_id' },
    serializers: { req: ({ method, url }) => ({ method, url }), res: ({ statusCode }) => ({ statusCode }) },
  });
}
