import { paddedAlert } from './padded-alert.js';

test.each([250, 65_536, 1_000_000])('a body of %d bytes is that long, and an alert', (bytes) => {
  const { id, body } = paddedAlert('here', bytes);
  expect(Buffer.byteLength(body)).toBe(bytes);
  expect(JSON.parse(body)).toMatchObject({ alert_uuid: id, location: 'here' });
});

test('no alert is shorter than an alert', () => {
  const { id, body } = paddedAlert('here', 1);
  expect(JSON.parse(body)).toMatchObject({ alert_uuid: id });
});
