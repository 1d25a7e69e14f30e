export * from './claims.js';
export * from './connection.js';
export * from './lookout.js';
export * from './queues.js';
export * from './work.js';
