-- The signal that speaks for this one, which therefore pages nobody: a component of a page with an open incident.
alter table signals add column suppressed_by uuid;

-- What is not over yet: asked for at every poll.
create index signals_open on signals (source) where resolved_at is null and kind in ('incident', 'status');

-- GET /events is newest first, that is by id; each filter has an index in that order.
create index signals_by_source on signals (source, id);
create index signals_by_kind on signals (kind, id);
create index signals_by_severity on signals (severity, id);
create index signals_by_type on signals (event_type, id);

-- The status pages that are polled. Those without a URL come from the environment and only keep their state here.
create table status_pages (
  name        text primary key,
  url         text,
  etag        text,
  -- incidents and components seen by the last poll that worked
  fetched     integer,
  polled_at   timestamptz,
  -- why the last poll failed; null when it worked
  last_error  text,
  created_at  timestamptz not null default now()
);
