import express, { type Request, type RequestHandler } from 'express';
import { type Access, access } from './access.js';
import { type Recognition, refusalOf } from './authenticate.js';
import { sendProblem } from './problem.js';

/**
 * Lets pass whom the table of access lets pass. A router of its own reads the table, so that it matches paths exactly as
 * the routes behind it do.
 */
export function guard(recognition: Recognition): RequestHandler {
  const table = express.Router();
  for (const { method, path, needs } of access) table[method](path, check(needs, recognition));
  table.use(check('admin', recognition));
  return (request, response, next) => table(request, response, next);
}

function check(needs: Access['needs'], recognition: Recognition): RequestHandler {
  // The doors come before the guard; what else is sent to their paths proves nothing by a signature.
  const scope = needs === 'sender' ? 'ingest' : needs;
  return async (request, response, next) => {
    const problem = scope === 'open' ? null : await refusalOf(request, response, scope, recognition);
    if (!problem) next('router');
    else if (problem.status === 401 && isForPeople(request)) {
      const location = `/login?next=${encodeURIComponent(request.originalUrl)}`;
      response.writeHead(303, { location }).end();
    } else sendProblem(response, problem);
  };
}

/** A browser opens a page. */
function isForPeople({ method, headers }: Request): boolean {
  const isPage = method === 'GET' && headers.accept?.includes('text/html') === true;
  return isPage && headers.authorization === undefined;
}
