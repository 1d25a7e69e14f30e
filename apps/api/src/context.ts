import type { Transformer } from '@signalbox/jsonata';
import type { Gateway, Servers } from './gateway.js';

/** What the routes are given. */
export interface Context extends Servers {
  gateway: Gateway;
  transformer: Transformer;
  /** To be called after every change to stores, users, memberships or subscriptions: everybody routes by them. */
  directoryChanged(): void;
}
