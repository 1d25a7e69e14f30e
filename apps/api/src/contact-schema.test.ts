import { choices, contacts, isShown, secretChannels, shownContact } from './contact-schema.js';

test('the channels a user may choose are those with a recipient', () => {
  const names = choices.map(({ name }) => name);
  expect(names).toContain('notification');
  expect(names).not.toContain('pagerduty');
});

const addressed = choices.filter(({ recipient }) => recipient.address !== null);

test.each(addressed)(
  '$name: its example is an address, and is quoted to whoever gives none',
  ({ name, recipient }) => {
    const asked = { channel: name, address: recipient.example };
    const read = contacts.parse([asked]);
    expect(read).toEqual([{ ...asked, severities: null }]);
    const address = recipient.shown?.(recipient.example) ?? recipient.example;
    expect(read.map(shownContact)).toEqual([{ ...asked, address }]);
    for (const wrongAddress of [undefined, null, '', ' ', 'nonsense', 7, `${recipient.example}\0`]) {
      const wrong = contacts.safeParse([{ channel: name, address: wrongAddress }]);
      expect(wrong.error?.issues).toEqual([
        expect.objectContaining({
          path: [0, 'address'],
          message: expect.stringContaining(recipient.example),
        }),
      ]);
    }
  },
);

test.each(choices)(
  '$name: only what stands for a secret address has the sign for it',
  ({ name, recipient }) => {
    const shown = recipient.shown?.(recipient.example);
    expect(secretChannels.includes(name)).toBe(shown !== undefined);
    expect(isShown(recipient.example)).toBe(false);
    if (shown === undefined) return;
    expect(isShown(shown)).toBe(true);
    // Shown of what is shown is the same, so that it may be sent back.
    expect(contacts.parse([{ channel: name, address: shown }]).map(shownContact)).toEqual([
      { channel: name, address: shown },
    ]);
  },
);

test.each(choices.filter(({ recipient }) => recipient.address === null))(
  '$name takes no address',
  ({ name }) => {
    expect(contacts.parse([{ channel: name }])).toEqual([{ channel: name, address: null, severities: null }]);
    expect(contacts.safeParse([{ channel: name, address: 'x' }]).success).toBe(false);
  },
);

test('a channel may stand once for each severity, in the order of fallback', () => {
  const split = [
    { channel: 'notification', severities: ['critical'] },
    { channel: 'notification', severities: ['info', 'warning'] },
  ];
  expect(contacts.parse(split).map(shownContact)).toEqual(split);
  expect(contacts.safeParse([...split, { channel: 'notification' }]).error?.issues).toEqual([
    expect.objectContaining({
      path: [2],
      message: expect.stringContaining('notification for info, notification for warning'),
    }),
  ]);
});
