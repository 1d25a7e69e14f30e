import { createLog } from './log.js';

function logged(error: unknown) {
  const lines: { err: Record<string, unknown> }[] = [];
  createLog('test', 'info', { write: (line) => void lines.push(JSON.parse(line)) }).info({ err: error }, 'x');
  return lines[0]?.err;
}

test('an error is logged with its words, its code and its cause', () => {
  const cause = Object.assign(new TypeError('no route'), { code: 'EHOSTUNREACH' });
  expect(logged(Object.assign(new Error('failed', { cause }), { code: '08006' }))).toMatchObject({
    type: 'Error',
    message: 'failed',
    stack: expect.stringContaining('log.test'),
    code: '08006',
    cause: { type: 'TypeError', message: 'no route', code: 'EHOSTUNREACH' },
  });
  expect(logged(new AggregateError([new Error('one'), new Error('two')]))).toMatchObject({
    errors: ['Error: one', 'Error: two'],
  });
});

test('what clients hang onto their errors is not', () => {
  const error = Object.assign(new Error('WRONGPASS'), {
    command: { name: 'auth', args: ['opensesame'] },
    config: { headers: { authorization: 'opensesame' } },
    detail: 'Failing row contains (opensesame)',
    input: 'postgres://user:opensesame@host',
  });
  expect(JSON.stringify([logged(error), logged(new Error('x', { cause: error }))])).not.toContain('sesame');
});

test('what is thrown and no error is logged as text', () => {
  expect(logged('nonsense')).toEqual({ message: 'nonsense' });
});
