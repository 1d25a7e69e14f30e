import { isIP } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Resolve } from '@signalbox/channels/resolve';
import {
  addressProblem,
  type Contact,
  privateAddress,
  readTarget,
  type TargetProblem,
} from '@signalbox/domain';
import { findSubscriptions, type Pool } from '@signalbox/postgres';
import type { Response } from 'express';
import { sendInvalid } from './body.js';
import { choices } from './contact-schema.js';
import type { Context } from './context.js';

/** A URL that somebody wants us to call. */
export interface Callable {
  /** Where it stands in the body. */
  path: string;
  url: string;
  /** Also over plain http. */
  allowHttp: boolean;
}

/** Whether we may call what a body names, as far as that can be told now; false after having answered why not. */
export async function mayBeCalled(
  named: readonly Callable[],
  { config: { targets }, resolve }: Pick<Context, 'config' | 'resolve'>,
  response: Response,
): Promise<boolean> {
  const read = named.map(({ path, url, allowHttp }) => ({
    path,
    target: readTarget(url, { ...targets, requireHttps: targets.requireHttps && !allowHttp }),
  }));
  const problems = targets.allowPrivate
    ? new Map<string, TargetProblem>()
    : await problemsOf(hostsOf(read), resolve);
  const errors = read.flatMap(({ path, target }) => {
    const problem = target instanceof URL ? problems.get(target.hostname) : target;
    return problem ? [{ path, message: problem.message }] : [];
  });
  if (errors.length > 0) sendInvalid(response, errors);
  return errors.length === 0;
}

/** More names than anybody needs; the others are looked at when they are called. */
const mostNames = 100;

function hostsOf(read: readonly { target: unknown }[]): string[] {
  const hosts = read.flatMap(({ target }) => (target instanceof URL ? [target.hostname] : []));
  return [...new Set(hosts)].filter((host) => isIP(host) === 0 && !host.startsWith('[')).slice(0, mostNames);
}

/** Name servers that take longer have no say here: every connection asks them again. Unit: ms. */
const patienceMs = 2_000;

/** What is wrong with where names lead. One without an address may get one yet, so nothing is wrong with it. */
async function problemsOf(hosts: readonly string[], resolve: Resolve): Promise<Map<string, TargetProblem>> {
  const entries = hosts.map(async (host) => {
    const addresses = await Promise.race([resolve(host), setTimeout(patienceMs, [], { ref: false })]);
    return addresses.flatMap(({ address }) => {
      const problem = addressProblem(address);
      return problem === null ? [] : [[host, privateAddress(host, problem)] as const];
    });
  });
  return new Map((await Promise.all(entries)).flat());
}

/** What a change of a subscription wants to be called. */
export async function changedTarget(
  pool: Pool,
  id: string,
  { url, allow_http }: { url?: string | undefined; allow_http?: boolean | undefined },
): Promise<Callable[]> {
  if (url === undefined && allow_http === undefined) return [];
  const [stored] = await findSubscriptions(pool, [id]);
  if (!stored) return [];
  return [{ path: 'url', url: url ?? stored.url, allowHttp: allow_http ?? stored.allowHttp }];
}

const urlChannels = new Set(choices.filter(({ recipient }) => recipient.isUrl).map(({ name }) => name));

/**
 * What a user's contacts want to be called.
 * @param path where they stand in the body
 */
export function calledFor(contacts: readonly Contact[] | undefined, path = 'channels'): Callable[] {
  return (contacts ?? []).flatMap(({ channel, address }, index) =>
    address !== null && urlChannels.has(channel)
      ? [{ path: `${path}.${index}.address`, url: address, allowHttp: false }]
      : [],
  );
}
