-- What the summarizer was asked, what became of it and what it cost. The text itself is never kept.
create table ai_calls (
  id                 uuid primary key,
  at                 timestamptz not null default now(),
  correlation_id     text not null,
  -- null: no model is configured
  model              text,
  -- asking: under way, or lost with its process
  outcome            text not null check (outcome in (
    'asking', 'answered', 'not_configured', 'over_budget',
    'timeout', 'unreachable', 'refused', 'unavailable', 'malformed')),
  -- how many of each kind were taken out: {"email": 2, "card": 1}
  redactions         jsonb not null,
  input_chars        integer not null,
  -- of the redacted text: a card number could be guessed from the hash of the original
  input_sha256       bytea not null,
  prompt_tokens      integer,
  completion_tokens  integer,
  -- While it is asked: the most it can cost. That stays where nobody can tell what was charged.
  cost_usd           numeric(14, 8) not null default 0,
  duration_ms        integer,
  summary            text,
  suggested_severity text check (suggested_severity in ('info', 'warning', 'critical'))
);

-- A day's spending is summed before every call to a model; calls that cost nothing are not in the way.
create index ai_calls_spending on ai_calls (at) include (cost_usd) where cost_usd > 0;
