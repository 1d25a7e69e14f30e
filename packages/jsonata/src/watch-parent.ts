import { workerData } from 'node:worker_threads';

// A thread of its own: the main one may be deep in an expression that never ends, and hear of nothing. Whoever would
// have killed it for that is the parent; without it, it would run on for ever.
const everyMs = 1_000;
setInterval(() => {
  if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL');
}, everyMs);
