// Shared by the set-up, which runs before anything is installed, and by the commands built from src/.
const out = process.stdout;
let pending = '';

/**
 * Shows one step: its label while it runs (on a terminal), then the label, a detail and how long it took.
 * @param {string} label an imperative: `install packages`
 * @param {() => T | Promise<T>} work
 * @param {(result: T) => string} [detail] shown after the label of a step that succeeded
 * @returns {Promise<T>} what `work` returned; a failure is passed on
 * @template T
 */
export async function step(label, work, detail = () => '') {
  const began = performance.now();
  begin(label);
  try {
    const result = await work();
    end('✓', `${label}${detail(result)}`, began);
    return result;
  } catch (error) {
    end('✗', label, began);
    throw error;
  }
}

/** Prints a line without disturbing the step that is being shown. */
export function say(text) {
  clear();
  out.write(`${text}\n`);
  if (out.isTTY && pending !== '') out.write(pending);
}

function begin(label) {
  pending = `· ${label} …`;
  if (out.isTTY) out.write(pending);
}

function end(mark, text, began) {
  clear();
  pending = '';
  out.write(`${mark} ${text} (${((performance.now() - began) / 1000).toFixed(1)} s)\n`);
}

function clear() {
  if (out.isTTY && pending !== '') out.write('\r\u001b[2K');
}
