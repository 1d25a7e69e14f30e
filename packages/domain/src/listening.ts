import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { apiKeys, type EnvironmentKey } from './api-key.js';
import { flag } from './settings.js';

/** What a process that listens is told of keys. */
export interface AccessSettings {
  API_KEYS: EnvironmentKey[];
  TRUST_NETWORK: boolean;
}

/**
 * The zod fields that say who may call a process. Production does not ask for TRUST_NETWORK: there are always keys.
 */
export function accessSettings(production: boolean) {
  return { API_KEYS: apiKeys(production), TRUST_NETWORK: flag.default(false) };
}

/**
 * A zod field that reads the address to listen on. Without keys anyone who reaches it may do anything, so it must be
 * one that only this machine reaches, unless whoever runs it says that the network can be trusted.
 */
export function listeningAddress(env: NodeJS.ProcessEnv): z.ZodType<string> {
  const closed = Boolean(env.API_KEYS?.trim()) || env.TRUST_NETWORK?.trim() === 'true';
  const error =
    'must be a loopback address such as 127.0.0.1 while there are no API_KEYS, since anyone who reaches it may do anything; set API_KEYS=admin:KEY with a KEY as made by openssl rand -base64 24, or TRUST_NETWORK=true where nobody else reaches it';
  return z
    .string()
    .default('127.0.0.1')
    .refine((host) => closed || isLoopback(host), { error });
}

/** Whether only this machine reaches a host to listen on. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
