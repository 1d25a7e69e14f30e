-- What a request needs besides its body to be taken in again: the headers that are read for more than its signature.
-- So far only alerts were kept, which are JSON.
alter table rejected_inbound add column detail text not null default '';
alter table rejected_inbound add column headers jsonb not null default '{"content-type": "application/json"}';
alter table rejected_inbound add column subscription_id uuid;

-- Whoever sends the same again and again is counted, and fills no disk.
alter table rejected_inbound add column fingerprint bytea not null default sha256(uuid_send(gen_random_uuid()));
create unique index rejected_inbound_once on rejected_inbound (source, fingerprint);
alter table rejected_inbound add column times integer not null default 1;
alter table rejected_inbound add column last_received_at timestamptz not null default now();
update rejected_inbound set last_received_at = received_at;

-- What became of it.
alter table rejected_inbound add column status text not null default 'open'
  check (status in ('open', 'resubmitted', 'dismissed'));
alter table rejected_inbound add column signal_id uuid;
alter table rejected_inbound add column settled_at timestamptz;
create index rejected_inbound_by_status on rejected_inbound (status, id);
