import type { Resolve } from '@signalbox/channels/resolve';
import type { Transformer } from '@signalbox/jsonata';
import type { Gateway, Servers } from './gateway.js';

/** What the routes are given. */
export interface Context extends Servers {
  gateway: Gateway;
  transformer: Transformer;
  /** Finds the addresses of the hosts that users and subscribers name. */
  resolve: Resolve;
  /** To be called after every change to stores, users, memberships, subscriptions or API keys: everybody goes by them. */
  directoryChanged(): void;
}
