import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * What an error of the file system, or of a program we ran, means for whoever starts us.
 * @param {unknown} error
 * @returns {string | null} null when it is about something else
 */
export function fileComplaint(error) {
  const { message } = error;
  // Of a program we ran there is only the text.
  const code = error.code ?? /\b(ENOSPC|EROFS|EACCES|EPERM)\b/.exec(message)?.[1];
  const path = error.path ?? /\b(?:EACCES|EPERM)\b[^\n']*'(\/[^\n']+)'/.exec(message)?.[1];
  if (code === 'ENOSPC') return `${message}\n\nThe disk is full. Make room, then start again.`;
  if (code === 'EROFS')
    return `${message}\n\nThis folder cannot be written to. Signalbox builds in its checkout (.cache, node_modules, dist) and keeps its data in .data: ${elsewhere}`;
  if ((code === 'EACCES' || code === 'EPERM') && path !== undefined) return `${message}\n\n${notOurs(path)}`;
  return null;
}

const elsewhere =
  'make it writable, or copy the checkout elsewhere. SIGNALBOX_DATA_DIR names another folder for data.';

function notOurs(path) {
  let at = path;
  while (!existsSync(at)) at = dirname(at);
  const [owner, us] = [statSync(at).uid, process.getuid?.()];
  if (owner === us) return `This user may not write to ${at}: ${elsewhere}`;
  return `${at} belongs to user ${owner}, and this is user ${us}. Start as user ${owner}, or give it to user ${us} (sudo chown -R ${us} ${at}), or ${elsewhere}`;
}
