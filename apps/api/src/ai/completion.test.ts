import { completion } from '../../test/chat-endpoint.js';
import { readCompletion } from './completion.js';

const good = '{"summary":"Payments fail.","suggested_severity":"warning"}';
const verdict = { summary: 'Payments fail.', severity: 'warning' };
const counted = { promptTokens: 400, completionTokens: 30 };

test.each([
  ['as it was asked for', good],
  ['in a Markdown fence', `\`\`\`json\n${good}\n\`\`\``],
  ['with more than that', '{"summary":" Payments\\nfail. ","suggested_severity":"warning","why":1}'],
])('a verdict %s is understood', (_, content) => {
  expect(readCompletion(completion(content))).toEqual({ verdict, usage: counted });
});

test.each([
  ['words', 'It is critical!'],
  ['an empty text', ''],
  ['a list', '[]'],
  ['null', 'null'],
  ['no text', null],
  ['parts', [{ type: 'text', text: good }]],
  ['an unknown severity', good.replace('warning', 'urgent')],
  ['a summary that is none', '{"summary":7,"suggested_severity":"info"}'],
  ['an empty summary', '{"summary":" \\u0000","suggested_severity":"info"}'],
])('%s is no verdict, but was paid for', (_, content) => {
  expect(readCompletion(completion(content))).toEqual({ verdict: null, usage: counted });
});

test.each(['', '<html>', 'null', '[]', '{"choices":[]}', '{"choices":[{}]}', '{"error":{"message":"no"}}'])(
  'a body of %j says nothing at all',
  (body) => {
    expect(readCompletion(body)).toEqual({ verdict: null, usage: null });
  },
);

test.each([
  [{}],
  [{ usage: null }],
  [{ usage: { prompt_tokens: -1, completion_tokens: 1 } }],
  [{ usage: { prompt_tokens: 1, completion_tokens: 0.5 } }],
  [{ usage: { prompt_tokens: 1e12, completion_tokens: 1 } }],
])('a verdict stands without a usage that can be true: %j', (more) => {
  expect(readCompletion(completion(good, more))).toEqual({ verdict, usage: null });
});

test('what a model writes is redacted and cut', () => {
  const summary = `Write to ada@example.com ${'and wait '.repeat(100)}`;
  const text = readCompletion(completion(JSON.stringify({ summary, suggested_severity: 'info' }))).verdict
    ?.summary;
  expect(text).toMatch(/^Write to \[email\] and .*…$/);
  expect(Array.from(text ?? '').length).toBeLessThanOrEqual(280);
});
