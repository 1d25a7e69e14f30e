import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { lazily } from '@signalbox/domain';
import type { Response, Router } from 'express';
import { docsPage, docsScript } from '../docs-page.js';
import { createDocument } from '../openapi/document.js';

/** Of Swagger UI; the rest of what it brings is not needed. */
const files = ['swagger-ui.css', 'swagger-ui-bundle.js'];
const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** What the API can be asked, for programs and for people. */
export function mountDocs(app: Router): void {
  const text = lazily(() => JSON.stringify(createDocument()));
  app.get('/openapi.json', (_request, response) => send(response, 'application/json', text()));
  app.get('/docs', (_request, response) => send(response, 'text/html', docsPage));
  app.get('/docs/start.js', (_request, response) => send(response, 'text/javascript', docsScript));
  for (const file of files) {
    app.get(`/docs/${file}`, (_request, response) => response.sendFile(file, { root: folder, maxAge: '1h' }));
  }
}

function send(response: Response, type: string, text: string): void {
  const length = Buffer.byteLength(text);
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'content-length': length }).end(text);
}
