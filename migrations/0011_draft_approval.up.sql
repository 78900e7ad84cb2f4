-- plane: data
-- Drafts: who worked on them, why one was given up, and a company row that can be locked while one is posted.

alter table finance.journal_drafts
  add column edited_by uuid,
  add column editors uuid[],
  add column discard_reason text;
-- A change of type reads the other columns of each row and passes no policy and no trigger.
alter table finance.journal_drafts
  alter column edited_by type uuid using created_by,
  alter column editors type uuid[] using array[created_by],
  alter column discard_reason type text using case when status = 'discarded' then 'not recorded' end;
alter table finance.journal_drafts
  alter column edited_by set not null,
  alter column editors set not null,
  add constraint journal_drafts_editors_ck check (created_by = any (editors) and edited_by = any (editors)),
  add constraint journal_drafts_discarded_ck check (
    (status = 'discarded') = (discard_reason is not null) and btrim(discard_reason) <> '' and length(discard_reason) <= 2000
  );
comment on column finance.journal_drafts.edited_by is 'User of the last change to the draft or its lines.';
comment on column finance.journal_drafts.editors is 'Everyone who made or changed the draft or its lines; none of them is a second pair of eyes.';
comment on column finance.journal_drafts.discard_reason is 'Why it was given up.';

alter table finance.companies
  add column lock_token smallint not null default 0,
  add constraint companies_lock_token_ck check (lock_token = 0);
comment on column finance.companies.lock_token is 'Always 0. The one column the guards may update, which lets them lock the row and change nothing.';
