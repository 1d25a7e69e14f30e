-- Who changed what, and from where. Rows are only added; no job removes them.
create table audit (
  id          uuid primary key,
  at          timestamptz not null default now(),
  -- what the key is called, or how it is said that none was asked for
  caller      text not null,
  key_id      text,
  scope       text not null,
  via         text not null check (via in ('key', 'session', 'open')),
  address     text,
  request_id  text not null,
  action      text not null,
  target_kind text not null,
  -- null: it was about many
  target_id   text,
  -- What the API showed of it, which holds no secret; of a change only what differs. json, since jsonb takes no NUL.
  before      json,
  after       json
);
-- The list is newest first, that is by id; each filter has an index in that order.
create index audit_by_action on audit (action, id);
create index audit_by_target on audit (target_id, id);
create index audit_by_caller on audit (caller, id);
