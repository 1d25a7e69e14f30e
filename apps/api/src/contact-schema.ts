import { type Channel, channels, type Recipient } from '@signalbox/channels';
import { type Contact, isPlain, severities } from '@signalbox/domain';
import { z } from 'zod';

const all: readonly Pick<Channel, 'name' | 'recipient'>[] = channels;

/** The channels a user may choose. */
export const choices = all.flatMap(({ name, recipient }) => (recipient ? [{ name, recipient }] : []));

const secretRecipients = new Map(
  choices.flatMap(({ name, recipient }) => (recipient.shown ? [[name, recipient]] : [])),
);

/** The channels whose addresses are secrets. */
export const secretChannels: readonly string[] = [...secretRecipients.keys()];

const severityRule = `must be one or more of ${severities.join(', ')}, each once; leave it out for all`;
const severityList = z
  .array(z.enum(severities, { error: severityRule }), { error: severityRule })
  .min(1, { error: severityRule })
  .max(severities.length, { error: severityRule })
  .refine((chosen) => new Set(chosen).size === chosen.length, { error: severityRule });

const entries = choices.map(({ name, recipient }) =>
  z.strictObject({
    channel: z.literal(name),
    address: addressOf(recipient),
    severities: severityList.optional(),
  }),
);
type Entry = (typeof entries)[number];

const channelRule = `must be one of ${choices.map(({ name }) => name).join(', ')}`;
const contact = z
  .discriminatedUnion('channel', entries as [Entry, ...Entry[]], {
    error: ({ code }) => (code === 'invalid_union' ? channelRule : 'must be an object with a channel'),
  })
  .transform(
    ({ channel, address, severities }): Contact => ({
      channel,
      address: address ?? null,
      severities: severities ?? null,
    }),
  );

const listRule = 'must be a list of at most 10 channels';

/** How a user is reached, in order of fallback. Its rules follow from the list of channels. */
export const contacts = z
  .array(contact, { error: listRule })
  .max(10, { error: listRule })
  .superRefine(onceForEachSeverity);

/** A contact as the API shows it. */
export function shownContact(contact: Contact) {
  const { channel, severities } = contact;
  const address = shownAddress(contact);
  return { channel, ...(address !== null && { address }), ...(severities && { severities }) };
}

/** The address of a contact as people see it: of one that is a secret, what stands for it. */
export function shownAddress({ channel, address, shown }: Contact): string | null {
  if (address === null || isShown(address)) return address;
  return shown ?? secretRecipients.get(channel)?.shown?.(address) ?? address;
}

/** Whether an address of a secret channel is only what stands for one. */
export function isShown(address: string): boolean {
  return address.includes('…');
}

function addressOf({ label, address, example, shown }: Recipient): z.ZodType<string | null | undefined> {
  if (address === null) return z.null({ error: `must be left out: ${label} needs no address` }).optional();
  const rule = `must be an address such as ${example}`;
  return z
    .string({ error: rule })
    .max(2_000, { error: rule, abort: true })
    .refine(isPlain, { error: rule, abort: true })
    .transform((text, context) => {
      // It may be one that is known; whether it is, depends on the user.
      if (shown && isShown(text)) return text;
      const result = address.safeParse(text);
      if (result.success) return result.data;
      const wrong = result.error.issues[0]?.message ?? rule;
      const message = wrong.includes(example) ? wrong : `${wrong}, such as ${example}`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    });
}

function onceForEachSeverity(chosen: readonly Contact[], context: z.RefinementCtx): void {
  const taken = new Set<string>();
  for (const [index, { channel, severities: own }] of chosen.entries()) {
    const uses = (own ?? severities).map((severity) => `${channel} for ${severity}`);
    const again = uses.filter((use) => taken.has(use));
    const message = `there is ${again.join(', ')} already`;
    if (again.length > 0) context.addIssue({ code: 'custom', path: [index], message });
    for (const use of uses) taken.add(use);
  }
}
