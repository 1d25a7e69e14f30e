import { deliveryOf } from '../test/delivery.js';
import { referenceOf, smsText } from './sms-text.js';

const delivery = deliveryOf('alerts/theft', { id: '01890000-0000-7000-8000-0000deadbeef' });

/** A delivery of another alert. */
function of(alert: { url?: string; summary?: string; testMode?: boolean }) {
  const { url, ...signal } = alert;
  const raw = url
    ? Buffer.from(JSON.stringify({ ...JSON.parse(String(delivery.signal.raw)), url }))
    : delivery.signal.raw;
  return { ...delivery, signal: { ...delivery.signal, ...signal, raw } };
}

const linkOf = (length: number) => `https://cameras.example.com/${'x'.repeat(length - 28)}`;

test('says what happened where and when, and shows it', () => {
  expect(smsText(delivery)).toBe(
    [
      'Theft at fr-auchan-larochelle',
      '2024-01-15 10:40:00 UTC',
      'https://cameras.example.com/clips/theft.mp4',
      'Ref 0000deadbeef',
    ].join('\n'),
  );
});

test('a drill says so first', () => {
  expect(smsText(of({ testMode: true }))).toMatch(/^\[TEST\] Theft at /);
});

test.each(['x', 'é', '東', '🛒'])('a long location of %s is cut, and nothing else', (character) => {
  for (const length of [190, 250, 1_000]) {
    const link = linkOf(200);
    const text = smsText(of({ summary: `theft at ${character.repeat(length)}`, url: link }));
    expect(Array.from(text)).toHaveLength(320);
    expect(text.isWellFormed()).toBe(true);
    const [title, ...rest] = text.split('\n');
    expect(title).toMatch(new RegExp(`^Theft at (${character})+…$`, 'u'));
    expect(rest).toEqual(['2024-01-15 10:40:00 UTC', link, 'Ref 0000deadbeef']);
  }
});

test('a location that just fits is not cut', () => {
  const rest = smsText(delivery).length - 'Theft at fr-auchan-larochelle'.length;
  const summary = `theft at ${'x'.repeat(320 - rest - 9)}`;
  expect(smsText(of({ summary }))).toHaveLength(320);
  expect(smsText(of({ summary }))).not.toContain('…');
  expect(smsText(of({ summary: `${summary}x` }))).toContain('…');
});

test('a long link is left out', () => {
  expect(smsText(of({ url: linkOf(200) }))).toContain(linkOf(200));
  expect(smsText(of({ url: linkOf(201) })).split('\n')).toEqual([
    'Theft at fr-auchan-larochelle',
    '2024-01-15 10:40:00 UTC',
    'Ref 0000deadbeef',
  ]);
});

test('a link is written so that every phone takes it for one', () => {
  expect(smsText(of({ url: 'https://caméra.example/é"<>' }))).toContain(
    '\nhttps://xn--camra-dsa.example/%C3%A9%22%3C%3E\n',
  );
});

test('each delivery has its own reference', () => {
  expect(referenceOf({ id: '01890000-0000-7000-8000-000000000001' })).toBe('Ref 000000000001');
});
