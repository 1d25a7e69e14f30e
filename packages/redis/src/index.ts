export * from './claims.js';
export * from './connection.js';
export * from './lookout.js';
export * from './polls.js';
export * from './queues.js';
export * from './slots.js';
export * from './work.js';
