import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { z } from 'zod';
import {
  CannotOpen,
  createEnvelope,
  developmentKey,
  type EncryptionKey,
  encryptionKeys,
  keyIdOf,
} from './envelope.js';

const base64 = () => randomBytes(32).toString('base64');
const read = (text: string) => encryptionKeys(false).parse(text);
const [one, two] = [base64(), base64()];

describe('an envelope', () => {
  const envelope = createEnvelope(read(one));

  test('opens what it sealed, whatever the text', () => {
    const texts = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(texts, texts, (text, context) => {
        expect(envelope.open(envelope.seal(text, context), context)).toBe(text);
      }),
    );
  });

  test('shows nothing of the text, nor that two texts are the same', () => {
    const [first, second] = [envelope.seal('opensesame', 'x'), envelope.seal('opensesame', 'x')];
    expect(first.includes('sesame')).toBe(false);
    expect(first.subarray(5)).not.toEqual(second.subarray(5));
  });

  test('begins with its version and the id of its key', () => {
    const [{ id }] = read(one) as [EncryptionKey];
    expect(envelope.seal('opensesame', 'x').subarray(0, 5).toString('hex')).toBe(`01${id}`);
  });

  test('tells what it would seal with another key by now', () => {
    const older = createEnvelope(read(two)).seal('opensesame', 'x');
    const rotated = createEnvelope(read(`${one},${two}`));
    expect([rotated.isCurrent(rotated.seal('opensesame', 'x')), rotated.isCurrent(older)]).toEqual([
      true,
      false,
    ]);
    expect(keyIdOf(older)).toBe(read(two)[0]?.id);
  });

  test('opens nowhere but where it was sealed for', () => {
    const sealed = envelope.seal('opensesame', 'x');
    expect(reasonOf(() => envelope.open(sealed, 'y'))).toBe('tampered');
  });

  test('does not open when any byte of it was changed, or is missing', () => {
    const sealed = envelope.seal('opensesame', 'x');
    for (const [index, byte] of sealed.entries()) {
      const changed = Buffer.from(sealed);
      changed[index] = byte ^ 1;
      const inKeyId = index >= 1 && index < 5;
      expect(reasonOf(() => envelope.open(changed, 'x'))).toBe(inKeyId ? 'unknown_key' : 'tampered');
      expect(reasonOf(() => envelope.open(sealed.subarray(0, index), 'x'))).toBe('tampered');
    }
  });

  test('sealed with the old key opens while that is given too; the newest seals', () => {
    const old = envelope.seal('opensesame', 'x');
    const both = createEnvelope(read(`${two},${one}`));
    const onlyNew = createEnvelope(read(two));
    expect(both.open(old, 'x')).toBe('opensesame');
    expect(onlyNew.open(both.seal('opensesame', 'x'), 'x')).toBe('opensesame');
    expect(reasonOf(() => onlyNew.open(old, 'x'))).toBe('unknown_key');
  });

  function reasonOf(open: () => string): string {
    try {
      return `opened: ${open()}`;
    } catch (error) {
      expect(error).toBeInstanceOf(CannotOpen);
      expect((error as Error).message).not.toContain('opensesame');
      return (error as CannotOpen).reason;
    }
  }
});

describe('keys as the environment gives them', () => {
  const keysOf = (production: boolean, ENCRYPTION_KEY?: string) =>
    z.object({ ENCRYPTION_KEY: encryptionKeys(production) }).safeParse({ ENCRYPTION_KEY });

  test.each([true, false])('one or several, in the order given (production: %p)', (production) => {
    const keys = keysOf(production, `${two}, ${one}`).data?.ENCRYPTION_KEY;
    expect(keys?.map(({ key }) => key.toString('base64'))).toEqual([two, one]);
    expect(keys?.[0]?.id).toMatch(/^[0-9a-f]{8}$/);
    expect(keys?.[0]?.id).not.toBe(keys?.[1]?.id);
  });

  test('none is the development key, but not in production', () => {
    expect(keysOf(false).data?.ENCRYPTION_KEY).toEqual([developmentKey]);
    expect(developmentKey.key).toHaveLength(32);
    expect(keysOf(true).error?.issues[0]?.message).toContain('openssl rand -base64 32');
    const given = keysOf(true, `${one},${developmentKey.key.toString('base64')}`);
    expect(given.error?.issues[0]?.message).toContain('everybody knows');
  });

  test.each([
    ['a password', 'correct-horse-battery-staple'],
    ['31 bytes', randomBytes(31).toString('base64')],
    ['33 bytes', randomBytes(33).toString('base64')],
    ['hex', randomBytes(32).toString('hex')],
    ['a comma too many', `${one},`],
    ['a semicolon', `${one};${two}`],
    ['a slip', `${one.slice(0, 20)}!${one.slice(21)}`],
  ])('%s is refused, is told how to make one, and is not repeated', (_, wrong) => {
    const issue = keysOf(false, wrong).error?.issues[0];
    expect(issue?.message).toContain('openssl rand -base64 32');
    expect(issue?.message).not.toContain(wrong.slice(0, 20));
  });
});
