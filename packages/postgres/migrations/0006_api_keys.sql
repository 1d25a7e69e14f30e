-- Who may call the API. Of a key only its hash is kept; one that was revoked stays, for who did what with it.
create table api_keys (
  id           uuid primary key,
  name         text not null,
  scope        text not null check (scope in ('ingest', 'read', 'operate', 'admin')),
  -- SHA-256
  hash         bytea not null unique,
  created_at   timestamptz not null default now(),
  -- to the minute
  last_used_at timestamptz,
  revoked_at   timestamptz
);
