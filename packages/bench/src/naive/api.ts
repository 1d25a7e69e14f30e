import { Queue } from 'bullmq';
import express, { type Request, type Response } from 'express';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { pino } from 'pino';
import { pinoHttp } from 'pino-http';
import { z } from 'zod';
import { type DeliverJob, queueName, setting } from './settings.js';

const alertSchema = z.object({
  url: z.url(),
  location: z.string().min(1),
  alert_uuid: z.guid(),
  label: z.enum(['theft', 'suspicious', 'normal']),
  time_spotted: z.number(),
});
type Alert = z.infer<typeof alertSchema>;

const logger = pino({ level: setting('LOG_LEVEL') });
const redis = new Redis(setting('REDIS_URL'));
const db = new Pool({ connectionString: setting('DATABASE_URL'), max: 20 });
const queue = new Queue<DeliverJob>(queueName, { connection: new Redis(setting('REDIS_URL')) });

const app = express();
app.use(pinoHttp({ logger }));
app.use(express.json());
app.get('/healthz', (_request, response) => {
  response.json({ ok: true });
});

// oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 passes a rejection on by itself
app.post('/webhooks/alerts/', receive);

async function receive(request: Request, response: Response): Promise<void> {
  const parsed = alertSchema.safeParse(request.body);
  if (!parsed.success) {
    response.status(400).json({ errors: parsed.error.issues });
    return;
  }
  const alert = parsed.data;
  const claimed = await redis.set(`dedupe:alert:${alert.alert_uuid}`, '1', 'EX', 86_400, 'NX');
  if (claimed === null) {
    response.status(200).json({ received: true, deduped: true });
    return;
  }
  const signalId = await storeSignal(alert);
  const users = await usersOf(alert);
  await Promise.all(users.map((userId) => schedule(signalId, userId)));
  response.status(202).json({ received: true, alert_uuid: alert.alert_uuid });
}

async function storeSignal(alert: Alert): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `insert into signals (alert_uuid, location, label, url, time_spotted, body)
     values ($1, $2, $3, $4, $5, $6) returning id`,
    [alert.alert_uuid, alert.location, alert.label, alert.url, alert.time_spotted, JSON.stringify(alert)],
  );
  return (rows[0] as { id: string }).id;
}

async function usersOf(alert: Alert): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select users.id from users
     join memberships on memberships.user_id = users.id
     join stores on stores.id = memberships.store_id
     where stores.location = $1 and users.active
       and coalesce(memberships.preference, users.preference) in ('both', $2)`,
    [alert.location, alert.label === 'theft' ? 'critical' : 'standard'],
  );
  return rows.map(({ id }) => id);
}

async function schedule(signalId: string, userId: string): Promise<void> {
  const { rows } = await db.query<{ id: string }>(
    'insert into deliveries (signal_id, target_user_id) values ($1, $2) returning id',
    [signalId, userId],
  );
  const deliveryId = (rows[0] as { id: string }).id;
  await queue.add(
    'deliver',
    { deliveryId },
    {
      attempts: 6,
      backoff: { type: 'exponential', delay: 10_000 },
      removeOnComplete: true,
      removeOnFail: { age: 7 * 86_400 },
    },
  );
}

const server = app.listen(Number(setting('PORT')), '127.0.0.1');
// Above the idle time of the load balancer in front, as anyone learns who has met its 502s.
server.keepAliveTimeout = 65_000;

process.once('SIGTERM', stop);
process.once('disconnect', stop);

function stop(): void {
  server.closeAllConnections();
  server.close(async () => {
    await queue.close();
    await db.end();
    process.exit(0);
  });
}
