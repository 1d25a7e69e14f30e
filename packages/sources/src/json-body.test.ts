import { readJsonObject } from './json-body.js';

function read(bytes: string | Buffer, contentType: string | undefined = 'application/json') {
  const headers = contentType === '' ? {} : { 'content-type': contentType };
  return readJsonObject({ bytes: Buffer.from(bytes), headers, receivedAt: new Date() });
}

test.each([
  'application/json',
  'Application/JSON; charset=utf-8',
  'application/cloudevents+json',
  'application/problem+json;charset=UTF-8',
])('%s is JSON', (contentType) => {
  expect(read('{"a":1}', contentType)).toEqual({ object: { a: 1 } });
});

test.each([
  '',
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/jsonp',
  'text/json',
  'json',
  ';',
])('content type %j is none we read', (contentType) => {
  const result = read('{"a":1}', contentType);
  expect(result).toMatchObject({ rejection: { status: 415, reason: 'unsupported_media_type' } });
});

test.each([
  ['nothing', '', /empty/],
  ['a broken object', '{"a":1,}', /position 7/],
  ['half of one', '{"a":', /Unexpected end/],
  ['words', 'hello', /Unexpected token/],
  ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), /UTF-8/],
  ['a byte order mark', '\ufeff{}', /not valid JSON/],
  ['a list', '[1]', /must be a JSON object/],
  ['null', 'null', /must be a JSON object/],
  ['a number', '5', /must be a JSON object/],
  ['a string', '"x"', /must be a JSON object/],
  ['1 MiB of [', '['.repeat(2 ** 20), /64 levels/],
  ['a deep list', `${'['.repeat(400_000)}${']'.repeat(400_000)}`, /64 levels/],
  ['a deep object', `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, /64 levels/],
])('%s: 400', (_, body, detail) => {
  expect(read(body)).toMatchObject({ rejection: { status: 400, detail: expect.stringMatching(detail) } });
});

test('what is as deep as allowed is read', () => {
  const body = `${'{"a":'.repeat(64)}1${'}'.repeat(64)}`;
  expect(read(body)).toEqual({ object: JSON.parse(body) });
});
