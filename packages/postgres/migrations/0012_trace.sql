-- The span of the request that brought a signal, as W3C Trace Context writes it (00-<trace id>-<span id>-<flags>): every
-- attempt of its deliveries is a child of it. null: it came while tracing was off.
alter table signals add column trace_parent text;
alter table signal_revisions add column trace_parent text;
