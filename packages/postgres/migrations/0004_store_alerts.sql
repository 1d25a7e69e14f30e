-- How a user is reached: [{"channel", "address", "severities"}] in order of fallback; empty is the notification service.
alter table users add column channels jsonb not null default '[]';
-- {"from": "22:00", "to": "07:00", "timeZone": "Europe/Paris"}
alter table users add column quiet_hours jsonb;
alter table users add column updated_at timestamptz not null default now();
alter table stores add column updated_at timestamptz not null default now();
-- Lists are newest first; ids are UUIDv7, so the primary keys serve them.

-- Made by a sender's sandbox, or a drill.
alter table signals add column test_mode boolean not null default false;

-- What the channel sends to, where the target alone does not say it.
alter table deliveries add column address text;
-- It waits until then: for the end of quiet hours, or for its turn with its receiver.
alter table deliveries add column not_before timestamptz;
-- {"next": [{"channel", "address"}], "afterMs"}: the user's other channels, and how long this one may take.
alter table deliveries add column fallback jsonb;
-- When the first of them is tried although this one has not ended.
alter table deliveries add column fallback_at timestamptz;
-- The delivery that did not arrive, or not in time, and made this one necessary.
alter table deliveries add column fallback_of uuid;
create index deliveries_fallback on deliveries (fallback_at)
  where fallback_at is not null and status in ('pending', 'failed', 'refused');

-- The users of a store who were not told of a revision, and why. Those who were have deliveries.
create table decisions (
  signal_id  uuid not null,
  revision   integer not null,
  user_id    uuid not null,
  reason     text not null check (reason in ('inactive', 'preference', 'no_channel', 'already_told')),
  decided_at timestamptz not null default now(),
  primary key (signal_id, revision, user_id)
);

-- Revisions that concern more users than one transaction should write deliveries for. A row goes when its last
-- delivery is written.
create table fan_outs (
  signal_id      uuid not null,
  revision       integer not null,
  location       text not null,
  severity       text not null,
  max_attempts   integer not null,
  correlation_id text not null,
  -- All users up to this one are done.
  after_user     uuid not null default '00000000-0000-0000-0000-000000000000',
  -- When it was put in line, or got on; long ago: its job is lost.
  touched_at     timestamptz not null default now(),
  primary key (signal_id, revision)
);
