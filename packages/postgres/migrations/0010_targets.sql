-- Its webhooks may go over plain http, also in production.
alter table subscriptions add column allow_http boolean not null default false;
