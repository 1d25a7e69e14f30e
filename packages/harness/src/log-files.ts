import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A log file, and how far it has been read. */
export interface LogFile {
  file: string;
  /** the whole lines of its end */
  lines: string[];
  /** where the next line begins; bytes */
  at: number;
}

/** Of a long file only the end is of interest. Unit: bytes. */
const mostRead = 4 * 1024 * 1024;
const lookEveryMs = 200;

/** The last lines of a file; none where there is no file yet. */
export function lastLines(file: string): LogFile {
  const size = existsSync(file) ? statSync(file).size : 0;
  const from = Math.max(0, size - mostRead);
  const { lines, at } = read(file, from, size);
  return { file, lines: from === 0 ? lines : lines.slice(1), at };
}

/** Lines of several logs by the time they carry; a line without one stays with the line before it. */
export function inOrder(lines: string[]): string[] {
  let last = '';
  const timed = lines.map((line) => {
    last = timeOf(line) ?? last;
    return { line, time: last };
  });
  return timed.sort((one, other) => one.time.localeCompare(other.time)).map(({ line }) => line);
}

/** Hands over what is added, until the process is ended. A file that was begun anew is read from its start. */
export async function follow(files: LogFile[], show: (lines: string[]) => void): Promise<never> {
  for (;;) {
    const added = files.flatMap((log) => {
      const size = existsSync(log.file) ? statSync(log.file).size : 0;
      const { lines, at } = read(log.file, size < log.at ? 0 : log.at, size);
      log.at = at;
      return lines;
    });
    show(inOrder(added));
    await sleep(lookEveryMs);
  }
}

function read(file: string, from: number, to: number): { lines: string[]; at: number } {
  if (to <= from) return { lines: [], at: from };
  const bytes = Buffer.alloc(to - from);
  const descriptor = openSync(file, 'r');
  const got = readSync(descriptor, bytes, 0, bytes.length, from);
  closeSync(descriptor);
  const whole = bytes.subarray(0, got).lastIndexOf(0x0a) + 1;
  const text = bytes.toString('utf8', 0, whole);
  return { lines: text.split('\n').filter((line) => line !== ''), at: from + whole };
}

/** ISO 8601 in UTC, so that text sorts as time does. */
function timeOf(line: string): string | undefined {
  return /"time":"([^"]+)"/.exec(line)?.[1];
}
