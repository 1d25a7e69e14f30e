import { channelNames } from '@signalbox/channels';
import { connect } from '@signalbox/postgres';
import { connectCommands, openPollQueue, openQueue } from '@signalbox/redis';
import { configOrExit, createLog, stopOnSignal } from '@signalbox/runtime';
import { createApp } from './app.js';
import { type Config, readConfig } from './config.js';
import { createGateway } from './gateway.js';
import { closeServer, createHttpServer } from './server.js';

start(configOrExit(readConfig));

function start(config: Config): void {
  const log = createLog('api', config.LOG_LEVEL);
  const pool = connect(config.DATABASE_URL, 10, (error) =>
    log.warn({ err: error }, 'postgres.connection_lost'),
  );
  const redis = connectCommands(config.REDIS_URL, (error) =>
    log.warn({ err: error }, 'redis.connection_lost'),
  );
  const queues = new Map(channelNames.map((channel) => [channel, openQueue(redis, channel)]));
  const polls = openPollQueue(redis);
  for (const queue of [...queues.values(), polls]) {
    queue.on('error', (error) => log.debug({ err: error }, 'queue.error'));
  }

  const gateway = createGateway(config, pool, redis, queues, log);
  const server = createHttpServer(createApp({ config, log, pool, redis, queues, polls, gateway }));
  server.on('error', (error) => {
    log.fatal({ err: error, host: config.HOST, port: config.PORT }, 'api.cannot_listen');
    process.exitCode = 1;
    log.flush(() => process.exit());
  });
  server.listen(config.PORT, config.HOST, () => log.info({ address: server.address() }, 'api.listening'));

  stopOnSignal(log, async () => {
    await closeServer(server);
    redis.disconnect();
    await Promise.all([...queues.values(), polls].map((queue) => queue.close()));
    await pool.end();
  });
}
