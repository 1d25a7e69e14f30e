import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileComplaint } from '../bootstrap/file-complaint.mjs';
import { say, step } from '../bootstrap/steps.mjs';
import { dotEnvMistakes } from './dot-env-mistakes.js';
import { loadDotEnv } from './environment.js';
import { tail } from './processes.js';
import { announce, claimDataDir, leaveDataDir } from './running.js';
import { planStart, type StartPlan } from './start-plan.js';
import { bringUp } from './start-steps.js';
import { welcome } from './start-welcome.js';
import { type Ending, type Supervisor, supervise } from './supervisor.js';

/** `npm start`: brings everything up, says where it is, and stops it all together. */
async function main(): Promise<number> {
  loadDotEnv();
  for (const mistake of dotEnvMistakes()) process.stderr.write(`${mistake}\n`);
  const supervisor = supervise();
  const plan = await planStart(process.env);
  mkdirSync(join(plan.dataDir, 'logs'), { recursive: true });
  claimDataDir(plan.dataDir);
  try {
    return await run(plan, supervisor);
  } finally {
    await stop(supervisor);
    leaveDataDir(plan.dataDir);
  }
}

async function run(plan: StartPlan, supervisor: Supervisor): Promise<number> {
  try {
    await bringUp(plan, supervisor);
    announce(plan.dataDir, plan.url);
    say(welcome(plan));
  } catch (error) {
    // What was under way when the end began fails; the end itself is what there is to tell.
    if (!supervisor.signal.aborted) throw error;
  }
  return exitCodeOf(await supervisor.ending);
}

async function stop(supervisor: Supervisor): Promise<void> {
  const hint = () => say('  Finishing what is in flight, at most 28 s. Ctrl-C ends it at once.');
  const timer = setTimeout(hint, 2_000);
  await step('stop', supervisor.stopAll);
  clearTimeout(timer);
}

function exitCodeOf(ending: Ending): number {
  if (ending.asked) return 0;
  const { child, how } = ending;
  const last = tail(child);
  say(`\n${child.name} ended unexpectedly (${how}).${last && ` The last it wrote:\n\n${last}`}\n`);
  return 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`\n${fileComplaint(error) ?? (error as Error).message}\n`);
  process.exitCode = 1;
}
if (process.connected) process.disconnect();
