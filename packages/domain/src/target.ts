import { isIP } from 'node:net';
import { addressProblem } from './address.js';

/** What targets must be like that users and subscribers name. Whoever runs us names others, which need not. */
export interface TargetPolicy {
  /** Any host and any port will do, private ones too. */
  allowPrivate: boolean;
  /** Nothing is sent over plain http. */
  requireHttps: boolean;
}

/** Why a URL cannot be a target. */
export const targetReasons = [
  'not_http',
  'credentials',
  'https_required',
  'port_not_allowed',
  'private_name',
  'private_address',
] as const;
export type TargetReason = (typeof targetReasons)[number];

export interface TargetProblem {
  reason: TargetReason;
  /** Completes the name of the field: what is wrong, and what would be right. */
  message: string;
}

/**
 * Reads the URL of a target. Its host is then an address that may be called, or a name that has to be resolved, and its
 * addresses checked, when it is called: the URL parser has made one form of all there are of a host (hexadecimal,
 * octal and shortened addresses, capitals, other scripts). Source: url.spec.whatwg.org, "Host parsing".
 */
export function readTarget(text: string, policy: TargetPolicy): URL | TargetProblem {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    return { reason: 'not_http', message: 'must be an http or https URL' };
  if (url.username !== '' || url.password !== '')
    return { reason: 'credentials', message: 'must not have a user or a password in it' };
  if (policy.requireHttps && url.protocol === 'http:') return httpsRequired;
  return (policy.allowPrivate ? null : placeProblem(url)) ?? url;
}

/**
 * What is said of a name that was resolved. Its addresses are left out: an internal name server may have told them.
 * @param problem what is wrong with one of them
 */
export function privateAddress(name: string, problem: string): TargetProblem {
  return notPublic('private_address', `${name} leads to an address that is ${problem}`);
}

const httpsRequired: TargetProblem = {
  reason: 'https_required',
  message: 'must be https: in production nothing goes over plain http unless its subscription has allow_http',
};

function placeProblem({ hostname, port }: URL): TargetProblem | null {
  if (!isAllowedPort(port))
    return {
      reason: 'port_not_allowed',
      message: `must be on port 80, 443, or one from 1024 up that no other protocol is known for, not ${port}`,
    };
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  if (isIP(host) === 0) return nameProblem(host);
  const problem = addressProblem(host);
  return problem === null ? null : notPublic('private_address', `${host} is ${problem}`);
}

/** Other protocols', from 1024 up, that may take a request for one of theirs. Source: fetch.spec.whatwg.org, "Port blocking". */
const badPorts = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
  10080,
]);

/** @param port as a URL has it: empty where it is the usual one of its scheme */
function isAllowedPort(port: string): boolean {
  if (port === '' || port === '80' || port === '443') return true;
  return Number(port) >= 1024 && !badPorts.has(Number(port));
}

/**
 * Names that are not meant for the public internet, and those of one label, which only a local network completes. What
 * they resolve to would be refused too; this is to say so early. Sources: RFC 6761 §6.3, RFC 6762 §3, RFC 8375, and
 * ICANN's resolution 2024.07.29.06 for `internal`, where clouds keep their metadata.
 */
const privateName = /^[^.]*$|(^|\.)(localhost|local|internal|home\.arpa)$/;

function nameProblem(host: string): TargetProblem | null {
  if (!privateName.test(host.replace(/\.$/, ''))) return null;
  return notPublic('private_name', `${host} is a name of a private network`);
}

function notPublic(reason: TargetReason, why: string): TargetProblem {
  return { reason, message: `must lead to the public internet (or ALLOW_PRIVATE_TARGETS be true): ${why}` };
}
