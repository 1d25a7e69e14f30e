import { sources } from '@signalbox/sources';
import express, { type Express } from 'express';
import { pinoHttp } from 'pino-http';
import type { Context } from './context.js';
import { correlationId } from './correlation.js';
import { notFound, onError } from './problem.js';
import { mountBoard } from './routes/board.js';
import { mountDeliveries } from './routes/deliveries.js';
import { mountEvents } from './routes/events.js';
import { mountHealth } from './routes/health.js';
import { mountSources } from './routes/ingest.js';
import { mountPagerdutyMock } from './routes/pagerduty-mock.js';
import { mountPullStatus } from './routes/pull-status.js';
import { mountStatusPages } from './routes/status-pages.js';
import { mountSummarize } from './routes/summarize.js';

/** The whole HTTP surface. The ingest doors come first: they are hot, and write their own log line. */
export function createApp(context: Context): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  mountSources(app, sources, context);
  app.use(accessLog(context));
  mountHealth(app, context);
  mountEvents(app, context);
  mountDeliveries(app, context);
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
      ignore: ({ url }) => url === '/healthz' || url === '/readyz' || url?.startsWith('/admin/') === true,
    },
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'correlation_id' },
    serializers: { req: ({ method, url }) => ({ method, url }), res: ({ statusCode }) => ({ statusCode }) },
  });
}
