-- What a sender told us. The row holds the latest revision; superseded ones move to signal_revisions.
create table signals (
  id             uuid primary key,
  source         text not null,
  dedupe_key     text not null,
  version        bigint not null default 0,
  revision       integer not null default 1,
  event_id       text not null,
  event_type     text not null,
  kind           text not null,
  severity       text not null check (severity in ('info', 'warning', 'critical')),
  service        text not null,
  summary        text not null,
  description    text,
  started_at     timestamptz not null,
  resolved_at    timestamptz,
  raw            bytea not null,
  correlation_id text not null,
  received_at    timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  unique (source, dedupe_key)
);

create table signal_revisions (
  signal_id      uuid not null references signals (id),
  revision       integer not null,
  version        bigint not null,
  event_type     text not null,
  severity       text not null,
  summary        text not null,
  description    text,
  started_at     timestamptz not null,
  resolved_at    timestamptz,
  raw            bytea not null,
  correlation_id text not null,
  recorded_at    timestamptz not null,
  primary key (signal_id, revision)
);

-- One signal owed to one target over one channel. No foreign key to signals: both rows are written by one
-- statement and neither is ever deleted alone, so the check would only cost.
create table deliveries (
  id              uuid primary key,
  signal_id       uuid not null,
  revision        integer not null,
  channel         text not null,
  target          text not null,
  target_user_id  uuid,
  status          text not null default 'pending'
    check (status in ('pending', 'delivered', 'failed', 'refused', 'skipped', 'canceled', 'held')),
  attempts_made   integer not null default 0,
  max_attempts    integer not null,
  -- When it was put in line for an attempt that is due at once.
  queued_at       timestamptz not null default now(),
  -- Not before this moment. A lease moves it into the future, so a worker that died is waited for, then forgotten.
  -- Later than queued_at: somebody has taken it, or it waits for a retry. Else nobody has taken it yet.
  next_attempt_at timestamptz not null default now(),
  created_at      timestamptz not null default now(),
  completed_at    timestamptz,
  last_error      text,
  unique (signal_id, revision, channel, target)
) with (fillfactor = 70);

-- What is still owed, oldest first (ids are UUIDv7). next_attempt_at is left out on purpose: a lease then stays
-- a heap-only update.
create index deliveries_pending on deliveries (channel, id) where status = 'pending';

-- Every attempt, in partitions of one UTC day, so that retention is a DROP.
create table attempts (
  delivery_id      uuid not null,
  attempt          integer not null,
  attempted_at     timestamptz not null,
  outcome          text not null check (outcome in ('success', 'failed_attempt', 'failure')),
  status_code      integer,
  error            text,
  duration_ms      integer not null,
  target_url       text not null,
  response_excerpt text
) partition by range (attempted_at);
-- Stays empty while partitions are made ahead in time; a clock gone wrong must not cost a record.
create table attempts_rest partition of attempts default;
create index attempts_delivery on attempts (delivery_id, attempt);

-- A signal well formed but not understood: kept, so that it can be looked at and sent in again.
create table rejected_inbound (
  id             uuid primary key,
  source         text not null,
  reason         text not null,
  errors         jsonb not null,
  body           bytea not null,
  correlation_id text not null,
  received_at    timestamptz not null default now()
);

create table stores (
  id         uuid primary key,
  location   text not null unique,
  name       text not null,
  created_at timestamptz not null default now()
);

create table users (
  id         uuid primary key,
  name       text not null,
  preference text not null default 'both' check (preference in ('critical', 'standard', 'both')),
  active     boolean not null default true,
  created_at timestamptz not null default now()
);

create table memberships (
  store_id   uuid not null references stores (id) on delete cascade,
  user_id    uuid not null references users (id) on delete cascade,
  -- null: the user's own preference holds
  preference text check (preference in ('critical', 'standard', 'both')),
  primary key (store_id, user_id)
);
create index memberships_user on memberships (user_id);

-- Which life of Redis our jobs were given to. Another value there, or none, means that they are gone.
create table queue_epoch (
  only_row boolean primary key default true check (only_row),
  epoch    uuid not null
);
