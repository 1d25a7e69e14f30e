import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import request, { type Test } from 'supertest';
import { closeServer, createHttpServer } from '../src/server.js';

function app(): Express {
  const app = express();
  app.get('/query', (req, res) => res.json({ query: req.query, ip: req.ip, fresh: req.fresh, xhr: req.xhr }));
  app.post('/json', express.json(), (req, res) => res.status(201).location('/there').json(req.body));
  app.get('/redirect', (_req, res) => res.redirect('/query'));
  app.get('/sync', () => {
    throw new Error('sync');
  });
  app.get('/async', async () => {
    throw new Error('async');
  });
  app.get('/text', (_req, res) => res.type('text').send('text'));
  const router = express.Router();
  router.get('/:id', (req, res) => res.json(req.params));
  app.use('/router', router);
  const mounted = express();
  mounted.get('/inside', (req, res) => res.json({ baseUrl: req.baseUrl, mountpath: mounted.mountpath }));
  app.use('/mounted', mounted);
  app.use((_req, res) => void res.status(404).send('none'));
  app.use(((error, _req, res, _next) => res.status(500).send(error.message)) as express.ErrorRequestHandler);
  return app;
}

const kinds: [string, (url: string) => Test][] = [
  ['query', (url) => request(url).get('/query?a=1&b[]=2')],
  ['json', (url) => request(url).post('/json').send({ a: 1 })],
  ['bad json', (url) => request(url).post('/json').set('content-type', 'application/json').send('{')],
  ['redirect', (url) => request(url).get('/redirect').redirects(0)],
  ['sync error', (url) => request(url).get('/sync')],
  ['async error', (url) => request(url).get('/async')],
  ['text', (url) => request(url).get('/text')],
  ['head', (url) => request(url).head('/text')],
  ['router', (url) => request(url).get('/router/7')],
  ['mounted app', (url) => request(url).get('/mounted/inside')],
  ['404', (url) => request(url).get('/none')],
];

let stock: Server;
let ours: Server;

beforeAll(async () => {
  stock = createServer(app());
  ours = createHttpServer(app());
  for (const server of [stock, ours]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
});

afterAll(async () => {
  await closeServer(stock);
  await closeServer(ours);
});

test.each(kinds)(
  'born with its prototype or changed to it, Express answers the same: %s',
  async (_, send) => {
    const theirs = await send(url(stock));
    const mine = await send(url(ours));
    expect(mine.status).toBe(theirs.status);
    expect(mine.text).toBe(theirs.text);
    const { date: _date, 'keep-alive': _idle, ...headers } = theirs.headers;
    expect(mine.headers).toMatchObject(headers);
  },
);

function url(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
