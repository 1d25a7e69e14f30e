import { hashApiKey, isLoopback } from '@signalbox/domain';
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { crossSite, unknownKey } from '../authenticate.js';
import { jsonBody } from '../body-parsers.js';
import { type Caller, setCaller } from '../caller.js';
import type { Context } from '../context.js';
import { localPath } from '../local-path.js';
import { createLoginLimit } from '../login-limit.js';
import { loginPage, loginStyle } from '../login-page.js';
import { type Problem, sendJson, sendProblem } from '../problem.js';
import { networkOf } from '../sender.js';
import { sessionCookie } from '../session.js';
import { siteOf } from '../site.js';

/** Where a browser goes that did not say where to. */
const home = '/admin/queues';

/** For browsers: a session in the place of a key. */
export function mountSession(app: Router, context: Context): void {
  mountLoginPage(app);
  const bodies = [jsonBody(4), express.urlencoded({ extended: false, limit: '16kb' })];
  const mayTry = createLoginLimit();

  app.post('/session', ourPagesOnly, bodies, async (request: Request, response: Response) => {
    const begun = mayTry(networkOf(request.ip ?? '')) ? await begin(request, context) : tooMany;
    const isForm = Boolean(request.is('urlencoded'));
    if (begun === tooMany) response.setHeader('retry-after', '60');
    if ('status' in begun) return isForm ? sendPage(request, response, begun) : sendProblem(response, begun);
    setCaller(response, begun.caller);
    setCookie(request, response, begun.value, context);
    const { name, scope } = begun.caller;
    if (isForm) sendOn(response, nextOf(request.body.next));
    else sendJson(response, 200, { name, scope, expires_at: begun.until.toISOString() });
  });

  app.post('/session/end', ourPagesOnly, (request, response) => {
    setCookie(request, response, '', context);
    sendOn(response, '/login');
  });

  app.delete('/session', ourPagesOnly, (request, response) => {
    setCookie(request, response, '', context);
    response.writeHead(204).end();
  });
}

function mountLoginPage(app: Router): void {
  app.get('/login', (request, response) => sendPage(request, response));

  app.get('/login.css', (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=3600' });
    response.end(loginStyle);
  });
}

/** Another site must log no browser out, nor in to a key of its own. Programs do not say where they come from. */
const ourPagesOnly: RequestHandler = (request, response, next) => {
  if (siteOf(request.headers) === 'another') sendProblem(response, crossSite);
  else next();
};

const tooMany: Problem = {
  status: 429,
  reason: 'too_many_attempts',
  detail: 'There were more than ten attempts within a minute. Please wait a minute.',
};

interface Begun {
  caller: Caller;
  /** Of the cookie. */
  value: string;
  until: Date;
}

async function begin(request: Request, { keys, sessions }: Context): Promise<Begun | Problem> {
  const { key } = (request.body ?? {}) as { key?: unknown };
  if (typeof key !== 'string') return noKeyGiven;
  const keyHash = hashApiKey(key.trim());
  const held = await keys.find(keyHash);
  return held ? { caller: { ...held, via: 'session' }, ...sessions.begin(keyHash) } : unknownKey;
}

const noKeyGiven: Problem = {
  status: 422,
  reason: 'invalid_body',
  detail: 'Send {"key": "…"} as JSON, or a form with the field key.',
};

function setCookie(request: Request, response: Response, value: string, { config }: Context): void {
  const secure = request.secure || (config.production && !isLoopback(config.HOST));
  response.setHeader('set-cookie', sessionCookie(value, secure));
}

function sendOn(response: Response, location: string): void {
  response.writeHead(303, { location }).end();
}

function sendPage(request: Request, response: Response, problem?: Problem): void {
  const next = nextOf(problem ? request.body?.next : request.query.next);
  const page = loginPage({ next, ...(problem && { error: problem.detail }) });
  response.writeHead(problem?.status ?? 200, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(page);
}

function nextOf(text: unknown): string {
  return localPath(text) ?? home;
}
