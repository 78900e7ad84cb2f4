begin;
select plan(99);

create function pg_temp.name_of(p_user uuid) returns text language sql as $$
  select n from unnest(array['clerk', 'admin', 'anna', 'ben', 'cleo', 'dora']) as n where tests.person(n) = p_user
$$;
-- What a client reads of a draft: status, revision, by whom it was edited last, made or changed, and approved.
create function pg_temp.state_of(p_draft text) returns text language sql as $$
  select format('%s %s %s %s %s', d.status, d.revision, pg_temp.name_of(d.edited_by),
    (select string_agg(pg_temp.name_of(e), '+' order by n) from unnest(d.editors) with ordinality as u (e, n)),
    coalesce(pg_temp.name_of(d.approved_by), '-'))
  from finance.journal_drafts d where d.id = tests.entry(p_draft)
$$;
-- Becomes a person with the rights of the application.
create function pg_temp.be(p_person text, p_tenant text default 'acme') returns void language plpgsql as $$
begin
  perform tests.act_as('clerk', p_tenant, 'as ' || p_person);
  perform tests.become(p_person);
end $$;
create function pg_temp.draft(p_draft text, p_company text default 'acme', p_date date default date '2026-03-10') returns void language sql as $$
  insert into finance.journal_drafts (tenant_id, id, company_id, entry_date, description, reference)
  values (tests.tenant('acme'), tests.entry(p_draft), tests.company(p_company), p_date, p_draft, 'ref ' || p_draft)
$$;
-- Lines from `p_first` on: a positive amount debits cash, a negative one credits sales.
create function pg_temp.lines(p_draft text, variadic p_amounts bigint[]) returns void language sql as $$
  insert into finance.journal_draft_lines (tenant_id, journal_draft_id, line_no, account_id, currency, debit_cents, credit_cents, memo)
  select tests.tenant('acme'), tests.entry(p_draft), a.n * 10, tests.account('acme', case when a.amount >= 0 then '1000' else '4000' end),
    'USD', greatest(a.amount, 0), greatest(-a.amount, 0), 'line ' || a.n
  from unnest(p_amounts) with ordinality as a (amount, n)
$$;
create function pg_temp.whole(p_draft text, p_company text default 'acme') returns void language plpgsql as $$
begin
  perform pg_temp.draft(p_draft, p_company);
  perform pg_temp.lines(p_draft, 70, -70);
end $$;

-- The happy case.

select pg_temp.be('anna');
select pg_temp.draft('rent');
select is(pg_temp.state_of('rent'), 'draft 1 anna anna -', 'a draft begins with revision 1, made and edited by its maker');
select pg_temp.lines('rent', 70, -50, -20);
select is(pg_temp.state_of('rent'), 'draft 2 anna anna -', 'a statement that adds lines is one change');
select pg_temp.be('ben');
update finance.journal_draft_lines set memo = 'changed' where journal_draft_id = tests.entry('rent') and line_no = 20;
select is(pg_temp.state_of('rent'), 'draft 3 ben anna+ben -', 'whoever changes a line is its last editor and one of its editors');
select pg_temp.be('anna');
update finance.journal_drafts set description = 'Rent of March' where id = tests.entry('rent');
select is(pg_temp.state_of('rent'), 'draft 4 anna anna+ben -', 'so is whoever changes the header; nobody is named twice');
update finance.journal_drafts set description = description where id = tests.entry('rent');
select is(pg_temp.state_of('rent'), 'draft 4 anna anna+ben -', 'a header that is written and not changed keeps its revision');
update finance.journal_draft_lines set memo = 'nobody' where journal_draft_id = tests.entry('rent') and line_no = 99;
select is(pg_temp.state_of('rent'), 'draft 4 anna anna+ben -', 'a statement that meets no line changes no draft');
select is(finance.remove_draft_lines(tests.entry('rent'), array[99]), 0, 'to remove no line is no change');
select is(pg_temp.state_of('rent'), 'draft 4 anna anna+ben -', '… and keeps the revision');

create temp table posted as select finance.post_draft(tests.entry('rent'), 4) as id;
grant select on posted to public;
select is(pg_temp.state_of('rent'), 'posted 4 anna anna+ben -', 'a draft is posted as the revision that was named');
select is((select posted_entry_id from finance.journal_drafts where id = tests.entry('rent')), (select id from posted),
  'it names the entry that it became');
select is(
  (select (e.company_id, e.entry_date, e.description, e.reference, e.entry_type, e.created_by)::text
    from finance.journal_entries e join posted p using (id)),
  (tests.company('acme'), date '2026-03-10', 'Rent of March'::text, 'ref rent'::text, 'standard'::text, tests.person('anna'))::text,
  'the entry is what the draft says, posted by who posted it');
select results_eq(
  $$select l.line_no, l.account_id, l.currency::text, l.debit_cents::bigint, l.credit_cents::bigint, l.memo::text
    from finance.journal_lines l join posted p on p.id = l.journal_entry_id order by 1$$,
  $$values (1, tests.account('acme', '1000'), 'USD', 70::bigint, 0::bigint, 'line 1'), (2, tests.account('acme', '4000'), 'USD', 0, 50, 'changed'),
    (3, tests.account('acme', '4000'), 'USD', 0, 20, 'line 3')$$, 'its lines are those of the draft, numbered anew');
select is(finance.post_draft(tests.entry('rent')), (select id from posted), 'to post it again returns the same entry');
select is(finance.post_draft(tests.entry('rent'), 4), (select id from posted), 'also with the revision that was posted');
select is(tests.outcome($$select finance.post_draft(tests.entry('rent'), 3)$$), 'IB225', 'another revision of it was never posted (IB225)');
select is((select count(*) from finance.journal_entries where description = 'Rent of March'), 1::bigint, 'there is one entry');

-- Its trail.

select is(
  (select format('%s %s %s', a.actor = tests.person('anna'), a.reason, a.request_id) from finance.audit_events a
    where a.object = 'finance.journal_drafts' and a.object_id = tests.entry('rent')::text and a.action = 'draft.posted'),
  't as anna request of clerk', 'posting a draft leaves an event with actor, reason and request');
select is((select count(*) from finance.audit_events a join posted p on p.id = a.id and a.action = 'journal.posted'), 1::bigint,
  'besides the event of the entry');
select pg_temp.draft('given up');
select lives_ok($$select finance.discard_draft(tests.entry('given up'), 'not ours')$$, 'a draft is given up with a reason');
select is(pg_temp.state_of('given up'), 'discarded 1 anna anna -', 'it stays');
select is((select a.reason from finance.audit_events a where a.object_id = tests.entry('given up')::text and a.action = 'draft.discarded'),
  'not ours', 'its event has the reason');

-- What is closed stays.

select is(tests.outcome(format(sql, v.draft)), 'IB224', format('%s after it was %s is refused (IB224)', what, v.state))
from (values ('rent', 'posted'), ('given up', 'discarded')) as v (draft, state)
cross join (values
  ('a change of the header', 'update finance.journal_drafts set description = ''x'' where id = tests.entry(%L)'),
  ('a header written as it is', 'update finance.journal_drafts set description = description where id = tests.entry(%L)'),
  ('another line', 'insert into finance.journal_draft_lines (tenant_id, journal_draft_id, line_no, account_id, currency)
    values (tests.tenant(''acme''), tests.entry(%L), 99, tests.account(''acme'', ''1000''), ''USD'')'),
  ('giving it up', 'select finance.discard_draft(tests.entry(%L), ''again'')'),
  ('approving it', 'select finance.approve_draft(tests.entry(%L), 4)')
) as s (what, sql);
select is(tests.outcome($$update finance.journal_draft_lines set memo = 'x' where journal_draft_id = tests.entry('rent')$$), 'IB224',
  'a line of a posted draft is not changed (IB224)');
select is(tests.outcome($$select finance.remove_draft_lines(tests.entry('rent'), array[10])$$), 'IB224', 'nor removed (IB224)');
select is(tests.outcome($$select finance.post_draft(tests.entry('given up'))$$), 'IB224', 'a discarded draft is not posted (IB224)');
select pg_temp.whole('open');
select is(tests.outcome($$update finance.journal_draft_lines set journal_draft_id = tests.entry('open'), line_no = line_no + 1
  where journal_draft_id = tests.entry('rent')$$), 'IB224', 'a line does not leave a posted draft (IB224)');
select is(tests.outcome($$update finance.journal_draft_lines set journal_draft_id = tests.entry('rent'), line_no = line_no + 1
  where journal_draft_id = tests.entry('open')$$), 'IB224', 'nor come to one (IB224)');
select is(pg_temp.state_of('open'), 'draft 2 anna anna -', 'the open one is as it was');

select tests.act_as_superuser();
select is(tests.outcome(sql), code, format('not even a superuser %s (%s)', what, code))
from (values
  ('deletes a posted draft with its lines', 'IB224', $$with l as (delete from finance.journal_draft_lines where journal_draft_id = tests.entry('rent'))
    delete from finance.journal_drafts where id = tests.entry('rent')$$),
  ('deletes a discarded draft', 'IB224', $$delete from finance.journal_drafts where id = tests.entry('given up')$$),
  ('deletes lines of a posted draft', 'IB224', $$delete from finance.journal_draft_lines where journal_draft_id = tests.entry('rent')$$),
  ('opens a posted draft again', 'IB224', $$update finance.journal_drafts set status = 'draft', posted_entry_id = null where id = tests.entry('rent')$$),
  ('names an old entry as the posting', 'IB229', $$update finance.journal_drafts set status = 'posted', posted_entry_id = tests.entry('first of acme')
    where id = tests.entry('open')$$),
  ('marks a draft posted without an entry', 'IB229', $$update finance.journal_drafts set status = 'posted' where id = tests.entry('open')$$),
  ('gives one up without a reason', '23514', $$update finance.journal_drafts set status = 'discarded' where id = tests.entry('open')$$),
  ('changes its company', 'IB212', $$update finance.journal_drafts set company_id = gen_random_uuid() where id = tests.entry('open')$$),
  ('changes its id', 'IB212', $$update finance.journal_drafts set id = gen_random_uuid() where id = tests.entry('open')$$)
) as v (what, code, sql);
update finance.journal_drafts set created_by = tests.person('cleo'), edited_by = tests.person('cleo'), editors = array[tests.person('cleo')],
  approved_by = tests.person('cleo'), approved_revision = 2, approved_at = now() where id = tests.entry('open');
select is(pg_temp.state_of('open'), 'draft 2 anna anna -', 'nor writes who made, changed or approved it');
insert into finance.journal_drafts (tenant_id, id, company_id, entry_date, description, status, revision, created_by, edited_by, editors,
  approved_by, approved_revision, approved_at)
values (tests.tenant('acme'), tests.entry('born approved'), tests.company('acme'), '2026-03-10', 'x', 'approved', 7, tests.person('cleo'),
  tests.person('cleo'), array[tests.person('cleo')], tests.person('cleo'), 7, now());
select is(pg_temp.state_of('born approved'), 'draft 1 anna anna -', 'nor makes one that is approved from the start');
select is(tests.outcome($$with l as (delete from finance.journal_draft_lines where journal_draft_id = tests.entry('open'))
  delete from finance.journal_drafts where id = tests.entry('open')$$), 'accepted', 'an open draft may go, with its lines');

-- Four eyes.

select tests.act_as('admin', 'acme');
insert into finance.companies (tenant_id, id, code, name, functional_currency, requires_four_eyes)
values (tests.tenant('acme'), tests.company('careful'), 'careful', 'Careful Ltd', 'USD', true);
select finance.open_fiscal_year(tests.company('careful'), date '2026-01-01');
insert into finance.accounts (tenant_id, id, company_id, code, name, account_type)
values (tests.tenant('acme'), tests.account('acme', 'careful cash'), tests.company('careful'), '1000', 'Cash', 'asset'),
  (tests.tenant('acme'), tests.account('acme', 'careful sales'), tests.company('careful'), '4000', 'Sales', 'income');
create function pg_temp.careful(p_draft text) returns void language plpgsql as $$
begin
  perform pg_temp.be('anna');
  perform pg_temp.draft(p_draft, 'careful');
  insert into finance.journal_draft_lines (tenant_id, journal_draft_id, line_no, account_id, currency, debit_cents, credit_cents)
  values (tests.tenant('acme'), tests.entry(p_draft), 1, tests.account('acme', 'careful cash'), 'USD', 70, 0),
    (tests.tenant('acme'), tests.entry(p_draft), 2, tests.account('acme', 'careful sales'), 'USD', 0, 70);
end $$;
select pg_temp.careful('watched');
select is(tests.outcome($$select finance.post_draft(tests.entry('watched'))$$), 'IB227', 'an unapproved draft is not posted where four eyes are asked for (IB227)');
select is((select count(*) from finance.journal_entries where description = 'watched'), 0::bigint, '… and leaves no entry');
select is(tests.outcome($$select finance.approve_draft(tests.entry('watched'), 2)$$), 'IB226', 'M13 its maker does not approve it (IB226)');
select pg_temp.be('ben');
select is(tests.outcome($$select finance.approve_draft(tests.entry('watched'), 1)$$), 'IB225', 'M13 an outdated revision is not approved (IB225)');
select is(tests.outcome($$select finance.approve_draft(tests.entry('watched'), 3)$$), 'IB225', 'nor one that is still to come (IB225)');
select is(tests.outcome($$select finance.approve_draft(tests.entry('watched'), null)$$), 'IB225', 'nor none (IB225)');
select is(tests.outcome($$select finance.approve_draft(tests.entry('watched'), 2)$$), 'accepted', 'someone else approves the present one');
select is(pg_temp.state_of('watched'), 'approved 2 anna anna ben', '… and is named');
select is(tests.outcome($$select finance.approve_draft(tests.entry('watched'), 2)$$), 'accepted', 'the same approval again changes nothing');
select is(
  (select format('%s %s', count(*), bool_and(a.actor = tests.person('ben'))) from finance.audit_events a
    where a.object_id = tests.entry('watched')::text and a.action = 'draft.approved'), '1 t', '… and leaves no second event');
select pg_temp.be('cleo');
select is(tests.outcome($$select finance.approve_draft(tests.entry('watched'), 2)$$), 'IB229', 'a second approval is refused, not lost (IB229)');
select pg_temp.be('anna');
update finance.journal_draft_lines set debit_cents = debit_cents * 1000, credit_cents = credit_cents * 1000 where journal_draft_id = tests.entry('watched');
select is(pg_temp.state_of('watched'), 'draft 3 anna anna -', 'M13 a change after the approval voids it');
select is(tests.outcome($$select finance.post_draft(tests.entry('watched'))$$), 'IB227', '… so it is not posted (IB227)');
select pg_temp.be('ben');
update finance.journal_drafts set reference = 'mine' where id = tests.entry('watched');
select pg_temp.be('cleo');
update finance.journal_drafts set reference = 'ours' where id = tests.entry('watched');
select pg_temp.be('ben');
select is(tests.outcome($$select finance.approve_draft(tests.entry('watched'), 5)$$), 'IB226',
  'M13 whoever changed it once does not approve it, also when someone else changed it last (IB226)');
select tests.act_as_superuser();
select is(tests.outcome($$update finance.journal_drafts set status = 'approved' where id = tests.entry('watched')$$), 'IB226',
  'M13 nor by direct SQL as a superuser (IB226)');
select pg_temp.be('dora');
select lives_ok($$select finance.approve_draft(tests.entry('watched'), 5)$$, 'who had no hand in it does');
select is(tests.outcome($$select finance.post_draft(tests.entry('watched'), 4)$$), 'IB225', 'an outdated revision is not posted (IB225)');
select pg_temp.be('anna');
select isnt(finance.post_draft(tests.entry('watched'), 5), null, 'then anyone may post it, its maker too');
select is(pg_temp.state_of('watched'), 'posted 5 cleo anna+ben+cleo dora', 'it keeps the approval');

-- An approval by its maker, given before the company asked for more.
select tests.act_as('admin', 'acme');
update finance.companies set requires_four_eyes = false where id = tests.company('careful');
select pg_temp.careful('own');
select lives_ok($$select finance.approve_draft(tests.entry('own'), 2)$$, 'a maker may approve where four eyes are not asked for');
select tests.act_as('admin', 'acme');
update finance.companies set requires_four_eyes = true where id = tests.company('careful');
select pg_temp.be('cleo');
select is(tests.outcome($$select finance.post_draft(tests.entry('own'))$$), 'IB226', '… which does not count once they are (IB226)');
select lives_ok($$select finance.approve_draft(tests.entry('own'), 2)$$, '… and gives way to that of someone else');
select isnt(finance.post_draft(tests.entry('own')), null, '… with which it is posted');
select is(tests.outcome($$update finance.companies set requires_four_eyes = false$$), '42501',
  'whoever posts does not switch four eyes off (42501)');

-- What postings refuse.

select pg_temp.be('anna');
select pg_temp.draft('empty');
select is(tests.outcome($$select finance.post_draft(tests.entry('empty'))$$), 'IB202', 'a draft without lines is not posted (IB202)');
select pg_temp.draft('uneven');
select pg_temp.lines('uneven', 70, -69);
select is(tests.outcome($$select finance.post_draft(tests.entry('uneven'))$$), 'IB201', 'nor one that does not balance (IB201)');
select is(pg_temp.state_of('uneven'), 'draft 2 anna anna -', 'it stays as it was');
select pg_temp.draft('closed', p_date => date '2026-01-10');
select pg_temp.lines('closed', 70, -70);
select is(tests.outcome($$select finance.post_draft(tests.entry('closed'))$$), 'IB802', 'nor one dated in a closed period (IB802)');
select pg_temp.draft('no year', p_date => date '2031-01-10');
select pg_temp.lines('no year', 70, -70);
select is(tests.outcome($$select finance.post_draft(tests.entry('no year'))$$), 'IB801', 'nor one dated in none (IB801)');
select is(tests.outcome(sql), 'IB228', what || ' (IB228)')
from (values
  ('there is no posting of nothing', $$select finance.post_draft(tests.entry('nothing'))$$),
  ('nor of null', 'select finance.post_draft(null)'),
  ('no approval of nothing', $$select finance.approve_draft(tests.entry('nothing'), 1)$$),
  ('no discarding of nothing', $$select finance.discard_draft(tests.entry('nothing'), 'why')$$),
  ('no removal from nothing', $$select finance.remove_draft_lines(tests.entry('nothing'), array[1])$$)
) as v (what, sql);
select is(tests.outcome($$select finance.discard_draft(tests.entry('empty'), '  ')$$), 'IB229', 'a draft is not given up without a reason (IB229)');

-- Attacks.

-- The very statement that writes a line posts the draft from an expression of its own.
create function pg_temp.post_inside(p_draft text) returns bigint language plpgsql as $$
begin
  perform finance.post_draft(tests.entry(p_draft));
  return 5;
end $$;
select pg_temp.whole('inside');
select is(tests.outcome($$insert into finance.journal_draft_lines (tenant_id, journal_draft_id, line_no, account_id, currency, debit_cents)
  select tests.tenant('acme'), tests.entry('inside'), 30, tests.account('acme', '1000'), 'USD', pg_temp.post_inside('inside')$$), 'IB224',
  'a statement that posts a draft while it adds a line to it is refused whole (IB224)');
select is(pg_temp.state_of('inside'), 'draft 2 anna anna -', '… and posts nothing');
-- The tenant changes in mid-statement.
create function pg_temp.switch(p_tenant text) returns text language plpgsql as $$
begin
  perform set_config('app.tenant_id', tests.tenant(p_tenant)::text, true);
  return p_tenant;
end $$;
with u as (update finance.journal_draft_lines set memo = 'gone' where journal_draft_id = tests.entry('inside') returning pg_temp.switch('globex'))
select count(*) from u;
select set_config('app.tenant_id', tests.tenant('acme')::text, true);
select is(pg_temp.state_of('inside'), 'draft 3 anna anna -', 'a change that leaves for another tenant in mid-statement is counted');
select is(tests.outcome($$update finance.journal_draft_lines set memo = 'gone' where journal_draft_id = tests.entry('rent') returning pg_temp.switch('globex')$$), 'IB224',
  '… and refused where the draft is closed (IB224)');
-- Two drafts in one statement.
select pg_temp.whole('other');
update finance.journal_draft_lines set memo = 'both' where journal_draft_id in (tests.entry('inside'), tests.entry('other'));
select is(pg_temp.state_of('inside') || ', ' || pg_temp.state_of('other'), 'draft 4 anna anna -, draft 3 anna anna -',
  'a statement over two drafts is a change of each');
update finance.journal_draft_lines set journal_draft_id = tests.entry('other'), line_no = 90
where journal_draft_id = tests.entry('inside') and line_no = 20;
select is(pg_temp.state_of('inside') || ', ' || pg_temp.state_of('other'), 'draft 5 anna anna -, draft 4 anna anna -',
  'so is one that moves a line between them');
select is(finance.remove_draft_lines(tests.entry('other'), array[90, 91]), 1, 'lines are removed by number');
select is(pg_temp.state_of('other'), 'draft 5 anna anna -', '… which is a change too');
-- Another tenant, and no user.
select pg_temp.be('anna', 'globex');
select is(tests.outcome($$select finance.post_draft(tests.entry('other'))$$), 'IB228', 'a draft of another tenant is not posted (IB228)');
select is(tests.outcome($$select finance.approve_draft(tests.entry('other'), 5)$$), 'IB228', 'nor approved (IB228)');
select pg_temp.be('anna');
select set_config('app.user_id', '', true);
select is(tests.outcome($$update finance.journal_draft_lines set memo = 'x' where journal_draft_id = tests.entry('other')$$), 'IB104',
  'nobody changes a draft namelessly (IB104)');
select pg_temp.be('anna');
select is(tests.outcome(sql), '42501', what || ' (42501)')
from (values
  ('an application does not write the status', $$update finance.journal_drafts set status = 'approved'$$),
  ('nor the editors', 'update finance.journal_drafts set editors = ''{}'''),
  ('nor deletes drafts', 'delete from finance.journal_drafts'),
  ('nor lines, but by function', 'delete from finance.journal_draft_lines')
) as v (what, sql);

select * from finish();
rollback;
