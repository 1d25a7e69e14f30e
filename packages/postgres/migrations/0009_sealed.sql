-- The custom headers of a subscription with their values, encrypted; `headers` then has their names only. null: there
-- are none, or they stand in `headers` as they did before; `npm run reseal` encrypts those.
alter table subscriptions add column sealed_headers bytea;

-- The addresses of users that are secrets are encrypted too, where they stood before: in users.channels (the contact
-- then has "shown", which people see), in deliveries.address and in deliveries.fallback, as sealed:<hex digits>.
