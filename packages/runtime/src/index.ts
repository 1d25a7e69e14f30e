export * from './env.js';
export * from './events.js';
export * from './fresh.js';
export * from './group-commit.js';
export * from './lifecycle.js';
export * from './log.js';
export * from './metrics.js';
