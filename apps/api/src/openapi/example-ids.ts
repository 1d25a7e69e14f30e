/** What the examples are about. The contract test puts the ids of what it has made in their place. */
export const ids = {
  partner: '0199f1a0-7b00-7000-8000-000000000001',
  subscription: '0199f1a0-7b00-7000-8000-000000000002',
  user: '0199f1a0-7b00-7000-8000-000000000003',
  otherUser: '0199f1a0-7b00-7000-8000-000000000004',
  signal: '0199f1a0-7b00-7000-8000-000000000005',
  delivery: '0199f1a0-7b00-7000-8000-000000000006',
  failedDelivery: '0199f1a0-7b00-7000-8000-000000000007',
  pendingDelivery: '0199f1a0-7b00-7000-8000-000000000008',
  rejected: '0199f1a0-7b00-7000-8000-000000000009',
  otherRejected: '0199f1a0-7b00-7000-8000-00000000000a',
  apiKey: '0199f1a0-7b00-7000-8000-00000000000b',
  store: '0199f1a0-7b00-7000-8000-00000000000c',
  emptyPartner: '0199f1a0-7b00-7000-8000-00000000000d',
  unknown: '0199f1a0-7b00-7000-8000-0000000000ee',
  alert: '6f9619ff-8b86-4011-b42d-00c04fc964ff',
  newAlert: '0b7cf2b0-3c2e-4b6a-9c39-2f3f1a9d8f10',
  correctedAlert: '5d1b5a3e-6a1f-4f0e-8a57-7e0d3c1b2a90',
} as const;

/** The store of the examples. */
export const location = 'fr-auchan-larochelle';

/** When the examples happened. */
export const at = '2026-01-15T10:40:00.000Z';
