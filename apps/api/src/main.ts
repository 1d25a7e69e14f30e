import { createEnvelope, developmentKey } from '@signalbox/domain';
import { openTransformer, usualLimits } from '@signalbox/jsonata';
import { connect } from '@signalbox/postgres';
import { announceChange, connectCommands, onChange } from '@signalbox/redis';
import { configOrExit, createLog, stopOnSignal } from '@signalbox/runtime';
import { createApp } from './app.js';
import { type Config, readConfig } from './config.js';
import { createGateway } from './gateway.js';
import { closeQueues, openQueues } from './queues.js';
import { closeServer, createHttpServer } from './server.js';
import { createSubscriptions } from './subscriptions.js';

start(configOrExit(readConfig));

function start(config: Config): void {
  const log = createLog('api', config.LOG_LEVEL);
  if (config.ENCRYPTION_KEY.some(({ id }) => id === developmentKey.id))
    log.warn('encryption_key.openly_known');
  const pool = connect(config.DATABASE_URL, 10, (error) =>
    log.warn({ err: error }, 'postgres.connection_lost'),
  );
  const redis = connectCommands(config.REDIS_URL, (error) =>
    log.warn({ err: error }, 'redis.connection_lost'),
  );
  const queues = openQueues(redis, (error) => log.debug({ err: error }, 'queue.error'));
  const subscriptions = createSubscriptions(pool, createEnvelope(config.ENCRYPTION_KEY));
  const servers = { config, log, pool, redis, queues, subscriptions };
  const gateway = createGateway(servers);
  const directoryChanged = () => {
    gateway.forgetDirectory();
    announceChange(redis).catch((error: unknown) => log.debug({ err: error }, 'change.not_announced'));
  };
  const stopListening = onChange(config.REDIS_URL, gateway.forgetDirectory, (error) =>
    log.debug({ err: error }, 'redis.connection_lost'),
  );
  const transformer = openTransformer(usualLimits);
  const server = createHttpServer(createApp({ ...servers, gateway, transformer, directoryChanged }));
  server.on('error', (error) => {
    log.fatal({ err: error, host: config.HOST, port: config.PORT }, 'api.cannot_listen');
    process.exitCode = 1;
    log.flush(() => process.exit());
  });
  server.listen(config.PORT, config.HOST, () => log.info({ address: server.address() }, 'api.listening'));

  stopOnSignal(log, async () => {
    await closeServer(server);
    stopListening();
    redis.disconnect();
    await closeQueues(queues);
    await transformer.close();
    await pool.end();
  });
}
