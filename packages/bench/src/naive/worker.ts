import axios, { isAxiosError } from 'axios';
import { type Job, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { pino } from 'pino';
import { type DeliverJob, queueName, setting } from './settings.js';

interface Delivery {
  id: string;
  target_user_id: string;
  url: string;
  alert_uuid: string;
  location: string;
  label: string;
}

interface Attempt {
  delivery: Delivery;
  number: number;
  last: boolean;
  startedAt: Date;
  statusCode: number | null;
  error: string | null;
}

const targetUrl = setting('NOTIFICATION_SERVICE_URL');
const logger = pino({ level: setting('LOG_LEVEL') });
const db = new Pool({ connectionString: setting('DATABASE_URL'), max: 20 });
const worker = new Worker<DeliverJob>(queueName, deliver, {
  connection: new Redis(setting('REDIS_URL'), { maxRetriesPerRequest: null }),
  concurrency: 50,
});

async function deliver(job: Job<DeliverJob>): Promise<void> {
  const delivery = await load(job.data.deliveryId);
  if (!delivery) return;
  const number = job.attemptsMade + 1;
  const common = { delivery, number, last: number >= (job.opts.attempts ?? 1), startedAt: new Date() };
  try {
    const { status } = await send(delivery);
    await record({ ...common, statusCode: status, error: null });
  } catch (error) {
    if (!isAxiosError(error)) throw error;
    await record({ ...common, statusCode: error.response?.status ?? null, error: error.message });
    throw error;
  }
}

async function load(id: string): Promise<Delivery | undefined> {
  const { rows } = await db.query<Delivery>(
    `select deliveries.id, target_user_id, url, alert_uuid, location, label
     from deliveries join signals on signals.id = deliveries.signal_id
     where deliveries.id = $1 and status = 'pending'`,
    [id],
  );
  return rows[0];
}

async function send({ id, url, alert_uuid, location, label, target_user_id }: Delivery) {
  const body = { url, alert_uuid, location, label, target_user_id };
  return axios.post(targetUrl, body, { timeout: 10_000, headers: { 'idempotency-key': id } });
}

async function record(attempt: Attempt): Promise<void> {
  const { delivery, number, startedAt, statusCode, error } = attempt;
  const durationMs = Date.now() - startedAt.getTime();
  const outcome = error === null ? 'success' : attempt.last ? 'failure' : 'failed_attempt';
  const status = error === null ? 'delivered' : attempt.last ? 'failed' : 'pending';
  await db.query(
    `insert into attempts
       (delivery_id, attempt, attempted_at, outcome, status_code, error, duration_ms, target_url)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [delivery.id, number, startedAt, outcome, statusCode, error, durationMs, targetUrl],
  );
  await db.query(
    `update deliveries set status = $2, attempts_made = $3, last_error = $4,
       completed_at = case when $2 = 'pending' then null else now() end
     where id = $1`,
    [delivery.id, status, number, error],
  );
  logger.info(
    { deliveryId: delivery.id, attempt: number, outcome, statusCode, durationMs },
    'delivery attempted',
  );
}

process.once('SIGTERM', stop);
process.once('disconnect', stop);

async function stop(): Promise<void> {
  await worker.close();
  await db.end();
  process.exit(0);
}
