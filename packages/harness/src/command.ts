import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs a short command to its end.
 * @returns what it wrote to its standard output
 * @throws an Error that holds what it wrote to both
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; uid?: number; gid?: number } = {},
): Promise<string> {
  const { stdout } = await run(command, [...args], { ...options, maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

/** Whether a command can be run and succeeds. */
export async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, [...args]).then(
    () => true,
    () => false,
  );
}
