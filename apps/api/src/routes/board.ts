import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Express } from 'express';
import type { Context } from '../context.js';
import { listed } from '../queues.js';

const path = '/admin/queues';

/** Bull Board over all queues. */
export function mountBoard(app: Express, { queues }: Context): void {
  const server = new ExpressAdapter();
  server.setBasePath(path);
  const adapters = listed(queues).map((queue) => new BullMQAdapter(queue));
  createBullBoard({
    queues: adapters,
    serverAdapter: server,
    options: { uiConfig: { boardTitle: 'Signalbox' } },
  });
  app.use(path, server.getRouter() as Express);
}
