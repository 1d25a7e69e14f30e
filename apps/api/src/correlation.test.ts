import { correlationId } from './correlation.js';

const traced = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test.each([
  [{ 'x-request-id': 'abc-123' }, 'abc-123'],
  [{ 'x-request-id': 'abc-123', traceparent: traced }, 'abc-123'],
  [{ traceparent: traced }, '4bf92f3577b34da6a3ce929d0e0e4736'],
  [{ 'x-request-id': 'two words', traceparent: traced }, '4bf92f3577b34da6a3ce929d0e0e4736'],
])('%j → %s', (headers, id) => {
  expect(correlationId(headers)).toBe(id);
});

test.each([
  {},
  { 'x-request-id': 'x'.repeat(129) },
  { 'x-request-id': 'line\nbreak' },
  { traceparent: 'nonsense' },
])('a new id for %j', (headers) => {
  expect(correlationId(headers)).toMatch(/^[0-9a-f-]{36}$/);
});
