import { withoutValues } from './quoted.js';

const answer = (excerpt: string) => ({ ok: true, statusCode: 500, retryAfter: null, excerpt }) as const;
const headers = {
  authorization: 'Bearer opensesame',
  'x-pair': 'say "opensesame-and-more"',
  'x-team': 'blue',
};

test.each([
  ['{"authorization":"Bearer opensesame"}', '{"authorization":"Bearer …"}'],
  ['opensesame, opensesame', '…, …'],
  ['say \\"opensesame-and-more\\"', 'say \\"…\\"'],
  ['it ends in opensesam', 'it ends in …'],
  ['it ends in opensesame-and-mo', 'it ends in …'],
  ['the blue team, say, opens', 'the blue team, say, opens'],
  ['', ''],
])('%j is stored as %j', (quoted, kept) => {
  expect(withoutValues(answer(quoted), headers)).toEqual(answer(kept));
});

test('without headers, or without an answer, there is nothing to take out', () => {
  expect(withoutValues(answer('opensesame'), {})).toEqual(answer('opensesame'));
  const failed = { ok: false, reason: 'timeout' } as const;
  expect(withoutValues(failed, headers)).toBe(failed);
});
