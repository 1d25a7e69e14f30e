/**
 * The naive side's tables. Those of the directory, and the names that are counted, are as in ours; the hot tables
 * have no foreign keys and no index that ours lack, so that nothing but the way of working is compared.
 */
export const schema = `
create table signals (
  id           uuid primary key default gen_random_uuid(),
  alert_uuid   text not null unique,
  location     text not null,
  label        text not null,
  url          text not null,
  time_spotted double precision not null,
  body         jsonb not null,
  received_at  timestamptz not null default now()
);

create table deliveries (
  id             uuid primary key default gen_random_uuid(),
  signal_id      uuid not null,
  target_user_id uuid not null,
  status         text not null default 'pending',
  attempts_made  integer not null default 0,
  created_at     timestamptz not null default now(),
  completed_at   timestamptz,
  last_error     text,
  unique (signal_id, target_user_id)
);

create table attempts (
  delivery_id  uuid not null,
  attempt      integer not null,
  attempted_at timestamptz not null,
  outcome      text not null,
  status_code  integer,
  error        text,
  duration_ms  integer not null,
  target_url   text not null,
  primary key (delivery_id, attempt)
);

create table stores (
  id       uuid primary key,
  location text not null unique,
  name     text not null
);

create table users (
  id         uuid primary key,
  name       text not null,
  preference text not null default 'both',
  active     boolean not null default true
);

create table memberships (
  store_id   uuid not null references stores (id),
  user_id    uuid not null references users (id),
  preference text,
  primary key (store_id, user_id)
);
`;
