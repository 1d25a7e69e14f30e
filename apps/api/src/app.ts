import { isTracing } from '@signalbox/runtime';
import { sources } from '@signalbox/sources';
import express, { type Express } from 'express';
import { pinoHttp } from 'pino-http';
import { admission } from './admission.js';
import type { Context } from './context.js';
import { correlationId } from './correlation.js';
import { guard } from './guard.js';
import { pageHeaders } from './page-headers.js';
import { notFound, onError } from './problem.js';
import { isRoutine, requestSpan } from './request-span.js';
import { mountAlerts } from './routes/alerts.js';
import { mountApiKeys } from './routes/api-keys.js';
import { mountAttempts } from './routes/attempts.js';
import { mountAudit } from './routes/audit.js';
import { mountBoard } from './routes/board.js';
import { mountChannels } from './routes/channels.js';
import { mountDeliveries } from './routes/deliveries.js';
import { mountDocs } from './routes/docs.js';
import { mountEvents } from './routes/events.js';
import { mountHealth } from './routes/health.js';
import { mountSources } from './routes/ingest.js';
import { mountMemberships } from './routes/memberships.js';
import { mountMetrics } from './routes/metrics.js';
import { mountPagerdutyMock } from './routes/pagerduty-mock.js';
import { mountPartners } from './routes/partners.js';
import { mountPullStatus } from './routes/pull-status.js';
import { mountRejected } from './routes/rejected.js';
import { mountResubmit } from './routes/resubmit.js';
import { mountSession } from './routes/session.js';
import { mountStats } from './routes/stats.js';
import { mountStatusPages } from './routes/status-pages.js';
import { mountStores } from './routes/stores.js';
import { mountSubscriptionPreview } from './routes/subscription-preview.js';
import { mountSubscriptionTest } from './routes/subscription-test.js';
import { mountSubscriptions } from './routes/subscriptions.js';
import { mountSummarize } from './routes/summarize.js';
import { mountUsers } from './routes/users.js';
import { mountWebhooks } from './routes/webhooks.js';

/**
 * The whole HTTP surface. The ingest doors come first: they are hot, write their own log line, and let nobody in by
 * themselves. What comes after the guard is let in by the table in `access.ts`.
 */
export function createApp(context: Context): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', context.config.TRUST_PROXY);
  app.use(admission(context.log));
  if (isTracing()) app.use(requestSpan);
  mountSources(app, sources, context);
  mountWebhooks(app, context);
  app.use(accessLog(context));
  app.use(pageHeaders(context.config));
  app.use(guard(context));
  mountHealth(app, context);
  mountSession(app, context);
  mountApiKeys(app, context);
  mountMetrics(app, context);
  mountDocs(app);
  mountEvents(app, context);
  mountDeliveries(app, context);
  mountAttempts(app, context);
  mountStats(app, context);
  mountRejected(app, context);
  mountResubmit(app, context);
  mountAudit(app, context);
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
    // It would drown the rest.
    autoLogging: { ignore: ({ url }) => isRoutine(url) },
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'correlation_id' },
    serializers: { req: ({ method, url }) => ({ method, url }), res: ({ statusCode }) => ({ statusCode }) },
  });
}
