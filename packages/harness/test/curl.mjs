// Stands in for curl on a machine that has none, with the options that the README uses.
import { readFileSync } from 'node:fs';

const args = process.argv.slice(2);
const headers = {};
let method;
let body;
let url;
let showHead = false;
while (args.length > 0) {
  const arg = args.shift();
  if (arg === '-X') method = args.shift();
  else if (arg === '-H') addHeader(args.shift());
  else if (arg === '-d' || arg === '--data-binary') body = dataOf(args.shift());
  else if (arg === '-i') showHead = true;
  else if (arg === '-sS') continue;
  else if (arg.startsWith('-')) throw new Error(`curl.mjs does not know ${arg}`);
  else url = arg;
}

const response = await fetch(url, { method: method ?? (body === undefined ? 'GET' : 'POST'), headers, body });
if (showHead) process.stdout.write(`HTTP/1.1 ${response.status}\r\n${headLines(response.headers)}\r\n`);
process.stdout.write(await response.text());

function addHeader(text) {
  const [name] = text.split(':', 1);
  headers[name] = text.slice(name.length + 1).trim();
}

function dataOf(text) {
  return text.startsWith('@') ? readFileSync(text === '@-' ? 0 : text.slice(1)) : text;
}

function headLines(given) {
  return [...given].map(([name, value]) => `${name}: ${value}\r\n`).join('');
}
