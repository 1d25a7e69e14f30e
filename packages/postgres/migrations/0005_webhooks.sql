-- Whoever owns subscriptions.
create table partners (
  id         uuid primary key,
  name       text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- Where a webhook goes, and which. What is json, not jsonb, comes back as it was saved, member for member.
create table subscriptions (
  id               uuid primary key,
  partner_id       uuid references partners (id),
  url              text not null,
  description      text,
  -- names and patterns such as order.*; none means all
  event_types      text[] not null default '{}',
  filter           json,
  transform        json,
  -- {"limit", "periodSeconds"}
  rate_limit       json,
  max_in_flight    integer not null default 10,
  timeout_ms       integer not null default 10000,
  -- ms after the 1st, 2nd, … attempt; null: as the environment says
  retry_schedule   integer[],
  headers          json not null default '{}',
  -- also signs with X-Hub-Signature-256
  hub_signature    boolean not null default false,
  enabled          boolean not null default true,
  disabled_reason  text check (disabled_reason in ('by_operator', 'gone', 'failing')),
  -- since when nothing has been delivered although it was tried; null: the last try went well, or there was none
  failing_since    timestamptz,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now(),
  check (enabled = (disabled_reason is null))
);
create index subscriptions_partner on subscriptions (partner_id, id);

-- What requests are signed and recognised with, encrypted. Several of a kind overlap while one is rotated.
create table subscription_secrets (
  id              uuid primary key,
  subscription_id uuid not null references subscriptions (id) on delete cascade,
  kind            text not null check (kind in ('signing', 'ingest')),
  sealed          bytea not null,
  created_at      timestamptz not null default now(),
  -- null: until it is rotated
  expires_at      timestamptz
);
create index subscription_secrets_of on subscription_secrets (subscription_id);

-- Lists of deliveries, and what is owed: by channel and status, or by subscription and status; oldest first (ids are
-- UUIDv7). next_attempt_at is left out on purpose: a lease then stays a heap-only update.
drop index deliveries_pending;
create index deliveries_by_channel on deliveries (channel, status, id);
create index deliveries_by_subscription on deliveries (target, status, id) where channel = 'webhook';

-- Whose attempt it was, so that it need not be looked for in deliveries.
alter table attempts add column signal_id uuid;
alter table attempts add column subscription_id uuid;
create index attempts_subscription on attempts (subscription_id, attempted_at) where subscription_id is not null;

-- Attempts counted by minute, outcome and how long they took: what percentiles are read from.
create table attempt_counts (
  subscription_id uuid not null,
  minute          timestamptz not null,
  -- success, or the reason
  outcome         text not null,
  -- the duration lay below 2^(bucket/4) ms, and not below 2^((bucket-1)/4)
  bucket          smallint not null,
  count           integer not null,
  primary key (subscription_id, minute, outcome, bucket)
);

-- The same by the hour, once the hour is three days past.
create table attempt_counts_hourly (
  subscription_id uuid not null,
  hour            timestamptz not null,
  outcome         text not null,
  bucket          smallint not null,
  count           integer not null,
  primary key (subscription_id, hour, outcome, bucket)
);

-- All that was replayed in great numbers is due by then; what is replayed next is due later.
create table replay_pace (
  only_row boolean primary key default true check (only_row),
  free_at  timestamptz not null default '-infinity'
);
insert into replay_pace default values;

-- What waits for a subscription to be enabled again.
create index deliveries_held on deliveries (id) where status = 'held';
