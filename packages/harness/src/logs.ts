import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prettyFactory } from 'pino-pretty';
import { dataDirOf, loadDotEnv } from './environment.js';
import { follow, inOrder, lastLines } from './log-files.js';

const usage = 'npm run logs -- [text that lines must hold …] [--lines 100] [--once]';

const options = {
  lines: { type: 'string', default: '100' },
  once: { type: 'boolean', default: false },
} as const;

/** `npm run logs`: the logs of the copy on this data folder as people read them, and what is added to them. */
async function main(): Promise<void> {
  loadDotEnv();
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  if (!/^\d+$/.test(values.lines)) throw new Error(usage);
  const show = shower(positionals);
  const folder = join(dataDirOf(process.env), 'logs');
  const past = ['api', 'worker'].map((name) => lastLines(join(folder, `${name}.log`)));
  const lines = inOrder(past.flatMap((file) => file.lines));
  if (lines.length === 0) process.stderr.write(`There are no logs in ${folder} yet.\n`);
  show(lines, Number(values.lines));
  if (!values.once) await follow(past, show);
}

function shower(texts: string[]): (lines: string[], most?: number) => void {
  const pretty = prettyFactory({
    colorize: process.stdout.isTTY,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,service',
    messageFormat: '{service} {msg}',
    singleLine: true,
  });
  return (lines, most = lines.length) => {
    const wanted = lines.filter((line) => texts.every((text) => line.includes(text)));
    for (const line of most === 0 ? [] : wanted.slice(-most)) process.stdout.write(pretty(line));
  };
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
