import { isDataError, isTransient, isUnavailable } from './errors.js';

const error = (code: string, message = '') => Object.assign(new Error(message), { code });

test.each([
  [error('22P05'), { data: true, transient: false, unavailable: false }],
  [error('23514'), { data: true, transient: false, unavailable: false }],
  [error('40P01'), { data: false, transient: true, unavailable: false }],
  [error('57P01'), { data: false, transient: false, unavailable: true }],
  [error('57P03'), { data: false, transient: false, unavailable: true }],
  [error('53100'), { data: false, transient: false, unavailable: true }],
  [error('25006'), { data: false, transient: false, unavailable: true }],
  [error('ECONNREFUSED'), { data: false, transient: false, unavailable: true }],
  [error('EPIPE', 'write EPIPE'), { data: false, transient: false, unavailable: true }],
  [error('ECONNRESET'), { data: false, transient: false, unavailable: true }],
  [new Error('Connection terminated unexpectedly'), { data: false, transient: false, unavailable: true }],
  [
    new Error('timeout exceeded when trying to connect'),
    { data: false, transient: false, unavailable: true },
  ],
  [new Error('Query read timeout'), { data: false, transient: false, unavailable: true }],
  [error('42P01'), { data: false, transient: false, unavailable: false }],
  [new TypeError('x is not a function'), { data: false, transient: false, unavailable: false }],
  [null, { data: false, transient: false, unavailable: false }],
])('%s', (thrown, expected) => {
  expect({
    data: isDataError(thrown),
    transient: isTransient(thrown),
    unavailable: isUnavailable(thrown),
  }).toEqual(expected);
});
