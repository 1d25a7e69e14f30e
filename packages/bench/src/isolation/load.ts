import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { now } from '../clock.js';
import type { Message } from './receivers.js';
import { badOnes, healthyPath } from './targets.js';

/** Hands a message for the receiver at `path` over to be delivered; answers whether it was accepted. */
export type Send = (path: string, message: Message) => Promise<boolean>;

const senders = 64;

/** Sends to the healthy at a fixed rate, whether or not earlier ones were answered; resolves to how many were accepted. */
export async function sendToHealthy(send: Send, perSecond: number, seconds: number): Promise<number> {
  const start = now();
  const answers: Promise<boolean>[] = [];
  while (answers.length < perSecond * seconds) {
    const dueAt = start + (answers.length * 1000) / perSecond;
    if (dueAt > now()) await sleep(1);
    else answers.push(isAccepted(send, healthyPath(answers.length), dueAt));
  }
  return (await Promise.all(answers)).filter(Boolean).length;
}

/**
 * Sends so many to each of the bad ones, as fast as they are accepted.
 * @throws when one is not accepted
 */
export async function flood(send: Send, each: number): Promise<void> {
  let sent = 0;
  const sender = async () => {
    while (sent < each * badOnes.length) {
      const path = `/${badOnes[sent++ % badOnes.length]}`;
      if (!(await isAccepted(send, path, now()))) throw new Error(`A message for ${path} was not accepted.`);
    }
  };
  await Promise.all(Array.from({ length: senders }, sender));
}

/** Whoever gives no answer has not accepted. */
async function isAccepted(send: Send, path: string, sentAt: number): Promise<boolean> {
  const message: Message = { id: randomUUID(), sent_at: sentAt };
  try {
    return await send(path, message);
  } catch {
    return false;
  }
}
