-- Every summary that was asked for: what it cost and what came of it, never the text itself.
create table ai_calls (
  id                 uuid primary key,
  at                 timestamptz not null default now(),
  correlation_id     text not null,
  -- null: no model was asked
  model              text,
  -- pending: under way, or lost with its process; its reserved cost stays spent
  outcome            text not null,
  input_chars        integer not null,
  input_sha256       text not null,
  redactions         jsonb not null,
  prompt_tokens      integer,
  completion_tokens  integer,
  cost_usd           numeric(14, 8) not null,
  duration_ms        integer,
  summary            text,
  suggested_severity text
);
create index ai_calls_spent on ai_calls (at) where cost_usd > 0;
