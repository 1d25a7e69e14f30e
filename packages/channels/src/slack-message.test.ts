import { deliveryOf } from '../test/delivery.js';
import { slackMessage } from './slack-message.js';

const delivery = deliveryOf('alerts/theft');

interface Text {
  type: string;
  text: string;
  verbatim: boolean;
}

interface Section {
  type: string;
  text?: Text;
  fields?: Text[];
}

/** The message about another alert; `location` also stands in the summary. */
function about(alert: { url?: string; location?: string; testMode?: boolean }) {
  const { testMode = false, ...fields } = alert;
  const shown = { ...JSON.parse(String(delivery.signal.raw)), ...fields };
  const signal = {
    ...delivery.signal,
    testMode,
    summary: `theft at ${shown.location}`,
    raw: Buffer.from(JSON.stringify(shown)),
  };
  const message = slackMessage({ ...delivery, signal });
  const blocks = message.blocks as Section[];
  const texts = blocks.flatMap(({ text, fields = [] }) => [...(text ? [text] : []), ...fields]);
  return { ...message, blocks, texts };
}

test('says what happened where and when, how grave it is, and shows it', () => {
  const section = (text: string) => ({ type: 'mrkdwn', text, verbatim: true });
  expect(slackMessage(delivery)).toEqual({
    text: 'Theft at fr-auchan-larochelle\n2024-01-15 10:40:00 UTC\n<https://cameras.example.com/clips/theft.mp4|Watch the clip>',
    blocks: [
      { type: 'section', text: section('*Theft at fr-auchan-larochelle*') },
      {
        type: 'section',
        fields: [
          section('*Location*\nfr-auchan-larochelle'),
          section('*Time*\n2024-01-15 10:40:00 UTC'),
          section('*Severity*\ncritical'),
        ],
      },
      { type: 'section', text: section('<https://cameras.example.com/clips/theft.mp4|Watch the clip>') },
    ],
  });
});

test('a drill says so first', () => {
  const { text, texts } = about({ testMode: true });
  expect(text).toMatch(/^\[TEST\] Theft at /);
  expect(texts[0]?.text).toMatch(/^\*\[TEST\] Theft at /);
});

test('nobody is mentioned, and nothing linked, from outside', () => {
  const location = '<!channel> & <https://evil.example|here> &lt;';
  const { text, texts } = about({ location });
  const escaped = '&lt;!channel&gt; &amp; &lt;https://evil.example|here&gt; &amp;lt;';
  expect(text).toContain(`Theft at ${escaped}\n`);
  expect(texts[0]?.text).toBe(`*Theft at ${escaped}*`);
  expect(texts[1]?.text).toBe(`*Location*\n${escaped}`);
});

test('a link cannot end before its end', () => {
  const { texts } = about({ url: 'https://cameras.example.com/a|b>c?d=1&e=<f>#g|h' });
  expect(texts.at(-1)?.text).toBe(
    '<https://cameras.example.com/a%7Cb%3Ec?d=1&amp;e=%3Cf%3E#g%7Ch|Watch the clip>',
  );
});

test.each(['&', '東', '🛒'])('long texts of %s stay within what Block Kit allows', (character) => {
  const { blocks, text } = about({ location: character.repeat(5_000) });
  expect(text.length).toBeLessThan(3_000);
  for (const section of blocks) {
    expect(section.text?.text.length ?? 0).toBeLessThanOrEqual(3_000);
    for (const field of section.fields ?? []) expect(field.text.length).toBeLessThanOrEqual(2_000);
  }
  expect(text.isWellFormed()).toBe(true);
});

test('a link that is too long is left out', () => {
  const url = `https://cameras.example.com/${'é'.repeat(1_000)}`;
  const { text, blocks } = about({ url });
  expect(text).not.toContain('cameras');
  expect(blocks).toHaveLength(2);
});
