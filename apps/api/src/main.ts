import { nameServers } from '@signalbox/channels/resolve';
import { createEnvelope, developmentKey } from '@signalbox/domain';
import { openTransformer, usualLimits } from '@signalbox/jsonata';
import { connect, postgresComplaint } from '@signalbox/postgres';
import { announceChange, connectCommands, lookAtRedis, onChange, traceJobs } from '@signalbox/redis';
import {
  configOrExit,
  createLog,
  type Log,
  startTracing,
  stopOnSignal,
  stopTracing,
  tellAtBoot,
  tellOfServers,
  whyNotListening,
} from '@signalbox/runtime';
import { createApp } from './app.js';
import { type Config, readConfig } from './config.js';
import { createGateway } from './gateway.js';
import { createKeyRing } from './key-ring.js';
import { warnOfMissingKeys } from './missing-keys.js';
import { closeQueues, openQueues } from './queues.js';
import { closeServer, createHttpServer } from './server.js';
import { createSessions } from './session.js';
import { createSubscriptions } from './subscriptions.js';

await start(configOrExit(readConfig));

async function start(config: Config): Promise<void> {
  const log = createLog('api', config.LOG_LEVEL);
  if (config.ENCRYPTION_KEY.some(({ id }) => id === developmentKey.id))
    log.warn('encryption_key.openly_known');
  if (await startTracing('signalbox-api', config, log)) traceJobs();
  const pool = connect(config.DATABASE_URL, 10, (error) =>
    log.warn({ err: error }, 'postgres.connection_lost'),
  );
  const redis = connectCommands(config.REDIS_URL, (error) =>
    log.warn({ err: error }, 'redis.connection_lost'),
  );
  const queues = openQueues(redis, (error) => log.debug({ err: error }, 'queue.error'));
  const subscriptions = createSubscriptions(pool, createEnvelope(config.ENCRYPTION_KEY), log);
  const keys = createKeyRing(config.API_KEYS, pool, log);
  const sessions = createSessions(config.ENCRYPTION_KEY);
  const servers = { config, log, pool, redis, queues, subscriptions, keys, sessions };
  const gateway = createGateway(servers);
  const directoryChanged = () => {
    gateway.forgetDirectory();
    announceChange(redis).catch((error: unknown) => log.debug({ err: error }, 'change.not_announced'));
  };
  const stopListening = onChange(config.REDIS_URL, gateway.forgetDirectory, (error) =>
    log.debug({ err: error }, 'redis.connection_lost'),
  );
  void tellOfServers(log, postgresComplaint(config.DATABASE_URL, true), lookAtRedis(config.REDIS_URL));
  void warnOfMissingKeys(pool, config.ENCRYPTION_KEY, log);
  const transformer = openTransformer(usualLimits);
  const server = createHttpServer(
    createApp({ ...servers, gateway, transformer, resolve: nameServers(), directoryChanged }),
  );
  server.on('error', (error) => cannotListen(error, config, log));
  server.listen(config.PORT, config.HOST, () => log.info({ address: server.address() }, 'api.listening'));

  stopOnSignal(log, async () => {
    await closeServer(server);
    stopListening();
    redis.disconnect();
    await closeQueues(queues);
    await transformer.close();
    await pool.end();
    await stopTracing();
  });
}

function cannotListen(error: Error, { HOST, PORT }: Config, log: Log): void {
  tellAtBoot(log, 'fatal', 'api.cannot_listen', whyNotListening(error, HOST, PORT));
  process.exitCode = 1;
  log.flush(() => process.exit());
}
