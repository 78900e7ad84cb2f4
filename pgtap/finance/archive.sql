begin;
set local client_min_messages = error;
select plan(89);

create function pg_temp.entry(p_tenant text, p_date date, p_cents bigint, p_debit text default '1000', p_key text default null)
returns uuid language sql as $$
  select finance.post_journal(tests.company(p_tenant), p_date, 'entry', array[tests.account(p_tenant, p_debit), tests.account(p_tenant, '4000')],
    array[p_cents, 0], array[0, p_cents], '{USD,USD}', p_idempotency_key => p_key)
$$;
create temp table made (what text, id uuid);
grant select, insert on made to public;

-- Books in a part that ends, and in the one after it.

select tests.act_as('clerk', 'acme');
insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, currency, keeps_balance, has_limit)
values (tests.tenant('acme'), tests.account('acme', 'kept'), tests.company('acme'), 'kept', 'Kept', 'asset', 'USD', true, false),
  (tests.tenant('acme'), tests.account('acme', 'limited'), tests.company('acme'), 'limited', 'Limited', 'asset', 'USD', false, true);
insert into made values
  ('keyed', pg_temp.entry('acme', '2026-02-03', 70, p_key => 'archived key')), ('kept', pg_temp.entry('acme', '2026-02-04', 30, 'kept')),
  ('limited', pg_temp.entry('acme', '2026-03-05', 20, 'limited')), ('march', pg_temp.entry('acme', '2026-03-06', 40));
insert into made values ('reversal', finance.reverse_journal((select id from made where what = 'march'), '2026-03-07', 'wrong'));
insert into finance.journal_drafts (tenant_id, id, company_id, entry_date, description)
values (tests.tenant('acme'), tests.entry('draft'), tests.company('acme'), '2026-03-08', 'from a draft');
insert into finance.journal_draft_lines (tenant_id, journal_draft_id, line_no, account_id, currency, debit_cents, credit_cents)
values (tests.tenant('acme'), tests.entry('draft'), 1, tests.account('acme', '1000'), 'USD', 5, 0),
  (tests.tenant('acme'), tests.entry('draft'), 2, tests.account('acme', '4000'), 'USD', 0, 5);
insert into made values ('draft', finance.post_draft(tests.entry('draft')));
select tests.act_as_superuser();
select is(tests.end_part(), 2, 'the first part ends');
select tests.act_as('clerk', 'acme');
insert into made values ('late', pg_temp.entry('acme', '2026-03-30', 10, 'kept')), ('april', pg_temp.entry('acme', '2026-04-02', 100, 'limited'));
insert into made values ('late reversal', finance.reverse_journal((select id from made where what = 'keyed'), '2026-04-03', 'wrong'));

-- Who may, and when.

select throws_ok('select finance.archive_journal_part(1, ''old'')', '42501', null, 'an application archives nothing (42501)');
select tests.act_as('admin', 'acme');
select throws_ok(f.call, '42501', null, format('nor does an administrator of a tenant: %s (42501)', f.call))
from (values ('select finance.archive_journal_part(1, ''old'')'), ('select finance.restore_journal_part(1, ''back'')'),
  ('select finance.drop_archived_part(1, ''gone'')'), ('select * from finance.archived_parts()'), ('select finance._lock_periods_of_part(1)'),
  ('select finance._assert_part_proven(1)'), ('select finance._record_archive(1, aibos.uuid_v7(), aibos.uuid_v7(), ''x'')'),
  ('select finance._record_restoration(1, ''x'')'), ('select finance._record_drop(1, ''x'')'),
  ('insert into finance.journal_archives (tenant_id) values (tests.tenant(''acme''))'),
  ('insert into finance.journal_restorations (tenant_id) values (tests.tenant(''acme''))')) as f (call);
select tests.act_as('migrator');
select is(tests.refusal(format('select finance.archive_journal_part(%s, %s)', t.part, t.reason)), 'IB241: ' || t.facts, format('%s (IB241)', t.what))
from (values ('9', '''old''', 'The ledger has no such part.', 'a part that is not there is not archived'),
  ('null', '''old''', 'The ledger has no such part.', 'nor is none'),
  ('2', '''old''', 'It is the last one, which new entries go to.', 'nor the last one'),
  ('1', 'null', 'No reason was given.', 'nor any without a reason'), ('1', ''' ''', 'No reason was given.', 'nor with a blank one')) as t (part, reason, facts, what);
select matches(tests.refusal('select finance.archive_journal_part(1, ''old'')'), '^IB241: It has entries in period 2026-02 of company .*, which is open',
  'nor one with entries in an open period (IB241)');
select tests.act_as('clerk', 'acme');
select is(tests.close_until('acme', '2026-03-31'), 2::bigint, 'the first tenant closes its periods');
select tests.act_as('migrator');
select matches(tests.refusal('select finance.archive_journal_part(1, ''old'')'),
  format('^IB241: It has entries in period 2026-02 of company %s, tenant %s, which is open', tests.company('globex'), tests.tenant('globex')),
  'one tenant whose period is open holds the part, and is named (IB241)');
select tests.act_as('clerk', 'globex');
select is(tests.close_until('globex', '2026-02-28'), 1::bigint, 'it closes its period too');

-- Nothing leaves unproven.

select tests.act_as_superuser();
set constraints all immediate;
create function pg_temp.archive() returns text language sql as $$select tests.refusal('select finance.archive_journal_part(1, ''old'')')$$;
create function pg_temp.tamper(p_table text, p_change text) returns text language sql as $$
  select format('alter table %1$s disable trigger user; %2$s; alter table %1$s enable trigger user', p_table, p_change)
$$;
create function pg_temp.id(p_what text) returns text language sql as $$select quote_literal(id) from made where what = p_what$$;
select matches(lint.after(f.fault, 'select pg_temp.archive()'), f.refusal, f.what || ' is noticed, and stays (IB243)')
from (values
  ('an amount that was changed on both sides',
    pg_temp.tamper('finance.journal_lines_part_1', 'update finance.journal_lines_part_1 set debit_cents = 71 * sign(debit_cents), credit_cents = 71 * sign(credit_cents) where journal_entry_id = ' || pg_temp.id('keyed')),
    '^IB243: Entry .*: Its content is not what was posted\.'),
  ('a description that was changed',
    pg_temp.tamper('finance.journal_entries_part_1', 'update finance.journal_entries_part_1 set description = ''other'' where id = ' || pg_temp.id('keyed')),
    '^IB243: Entry .*: Its content is not what was posted\.'),
  ('an amount that was changed on one side',
    pg_temp.tamper('finance.journal_lines_part_1', 'update finance.journal_lines_part_1 set debit_cents = 71 where debit_cents = 70'),
    '^IB243: Entry .*: It does not balance\.'),
  ('a line that is gone',
    pg_temp.tamper('finance.journal_lines_part_1', 'delete from finance.journal_lines_part_1 where line_no = 2 and journal_entry_id = ' || pg_temp.id('keyed')),
    '^IB243: Entry .*: It has fewer than two lines\.'),
  ('an entry that is gone with its lines',
    pg_temp.tamper('finance.journal_lines_part_1', 'delete from finance.journal_lines_part_1 where journal_entry_id = ' || pg_temp.id('reversal')) || ';'
      || pg_temp.tamper('finance.journal_entries_part_1', 'delete from finance.journal_entries_part_1 where id = ' || pg_temp.id('reversal')),
    '^IB243: (Company|Tenant) '),
  ('an event that is gone',
    pg_temp.tamper('finance.audit_events', 'delete from finance.audit_events where id = ' || pg_temp.id('kept')),
    '^IB243: Entry .*: It has no event with a leaf\.'),
  ('a leaf that was changed',
    pg_temp.tamper('finance.audit_events', 'update finance.audit_events set leaf_hash = sha256(''x'') where id = ' || pg_temp.id('kept')),
    '^IB243: Entry .*: Its content is not what was posted\.'),
  ('a total of a close that was changed',
    pg_temp.tamper('finance.period_close_totals', 'update finance.period_close_totals set closing_debit_cents = closing_debit_cents + 1'),
    '^IB243: Company '),
  ('a kept balance that was changed',
    pg_temp.tamper('finance.balance_deltas', 'update finance.balance_deltas set debit_cents = debit_cents + 1'),
    '^IB243: Company '),
  ('a balance beside a limit that was changed',
    pg_temp.tamper('finance.account_limits', 'update finance.account_limits set balance_cents = balance_cents + 1'),
    '^IB243: Company ')
) as f (what, fault, refusal);
select is(lint.after('alter table finance.journal_entries_part_1 disable trigger user; delete from finance.journal_entries_part_1 where false; alter table finance.journal_entries_part_1 enable trigger user',
  'select pg_temp.archive()'), 'accepted', 'and where nothing was changed nothing is noticed');

-- It leaves.

create temp table before as
  select a.tenant_id, a.id, a.leaf_hash::bytea as leaf_hash from finance.audit_events a join finance.journal_entries_part_1 e using (tenant_id, id);
select tests.act_as('migrator', p_reason => 'request');
select is(finance.archive_journal_part(1, 'ten years are over'), 8::bigint, 'a part whose entries all lie in closed periods is archived');
select results_eq('select part_no, begins_at, ends_before < now() + interval ''1 minute'', entries, lines, reason, tables_present from finance.archived_parts()',
  $$values (1, null::timestamptz, true, 8::bigint, 16::bigint, 'ten years are over', true)$$, 'what was archived is told');
select tests.act_as_superuser();
select is(tests.failures(), null, 'every check passes: the ledger is whole without it');
select results_eq('select part_no from finance.v_journal_parts', 'values (2)', 'the part is not in the ledger');
select results_eq('select tenant_id, entries, lines from finance.journal_archives order by tenant_id',
  $$values ('00000000-0000-0000-0000-000000000000'::uuid, 8::bigint, 16::bigint), (tests.tenant('acme'), 7, 14), (tests.tenant('globex'), 1, 2)$$,
  'the archive says how much each tenant had in it');
select is(
  (select leaves_sha256::bytea from finance.journal_archives where tenant_id = tests.tenant('acme')),
  (select sha256(sha256(string_agg(leaf_hash, '' order by id))) from before where tenant_id = tests.tenant('acme')),
  'and the digest of the leaves of its entries in the order of their ids');
select results_eq($$select tenant_id, reason, (after ->> 'entries')::integer from finance.audit_events where action = 'journal.archived' order by 1$$,
  $$values ('00000000-0000-0000-0000-000000000000'::uuid, 'ten years are over', 8), (tests.tenant('acme'), 'ten years are over', 7),
    (tests.tenant('globex'), 'ten years are over', 1)$$,
  'each tenant has an event of it');
select is((select count(*) from before b join finance.audit_events a using (tenant_id, id) where a.leaf_hash = b.leaf_hash), 8::bigint,
  'the events of its entries stay with their leaves');
select results_eq('select tenant_id, passed, failed from finance.v_journal_integrity_summary order by 1',
  $$values (tests.tenant('acme'), 4::bigint, 0::bigint), (tests.tenant('globex'), 1, 0)$$, 'no entry is missed: the archive stands for them');
select tests.act_as('auditor', 'globex');
select results_eq('select tenant_id, entries from finance.journal_archives', $$values (tests.tenant('globex'), 1::bigint)$$, 'a tenant sees its own archive alone');
select results_eq('select status, detail from finance.v_journal_integrity',
  $$values ('PASS', 'Archived part 1: its 1 entries left the leaves it was archived with.')$$, 'and proves it from its events');
select tests.act_as_superuser();
select is(lint.after(pg_temp.tamper('finance.audit_events', f.change), 'select failed::text from finance.v_journal_integrity_summary where tenant_id = tests.tenant(''acme'')'),
  f.failed, format('%s fails it', f.what))
from (values ('a leaf that is changed later', 'update finance.audit_events set leaf_hash = sha256(''x'') where id = ' || pg_temp.id('kept'), '1'),
  ('an event that is removed later', 'delete from finance.audit_events where id = ' || pg_temp.id('kept'), '1'),
  ('a posting that is slipped in', format('insert into finance.audit_events (tenant_id, id, action, object) values (%L, %L, ''journal.posted'', ''finance.journal_entries'')',
    tests.tenant('acme'), tests.entry('slipped in')), '1')) as f (what, change, failed);
select throws_ok(format('update finance.%s set tenant_id = tenant_id', t.name), 'IB301', null, format('N1 finance.%s does not change (IB301)', t.name))
from (values ('journal_archives'), ('journal_archive_companies'), ('journal_entries_part_1'), ('journal_lines_part_1')) as t (name);
select throws_ok(format('truncate finance.%s cascade', t.name), 'IB301', null, format('N14 the tables of the part stay append-only: %s (IB301)', t.name))
from (values ('journal_entries_part_1'), ('journal_lines_part_1')) as t (name);

select throws_ok(f.insertion, 'IB304', null, format('nobody forges finance.%s (IB304)', f.name))
from (values
  ('journal_archives', 'insert into finance.journal_archives (tenant_id, id, part_no, from_id, before_id, entries, lines, leaves_sha256, reason) '
    'values (tests.tenant(''acme''), aibos.uuid_v7(), 2, aibos.uuid_v7_from(now()), aibos.uuid_v7(), 0, 0, sha256(''''), ''x'')'),
  ('journal_archive_companies', 'insert into finance.journal_archive_companies select tenant_id, journal_archive_id, company_id, through_on, entries, lines from finance.journal_archive_companies'),
  ('journal_restorations', 'insert into finance.journal_restorations (tenant_id, journal_archive_id, reason) select tenant_id, id, ''x'' from finance.journal_archives')
) as f (name, insertion);

-- What rests on it still holds.

select tests.act_as('clerk', 'acme');
select is(pg_temp.entry('acme', '2026-02-03', 70, p_key => 'archived key')::text, (select id::text from made where what = 'keyed'),
  'a request of then is answered with its entry');
select throws_ok('select pg_temp.entry(''acme'', ''2026-04-03'', 71, p_key => ''archived key'')', 'IB207', null, 'its key books nothing else (IB207)');
select throws_ok(format('select finance.reverse_journal(%s, ''2026-04-10'', ''x'')', pg_temp.id(e.what)), e.code, null, format('%s (%s)', e.promise, e.code))
from (values ('kept', 'IB208', 'an archived entry is not reversed'), ('late reversal', 'IB208', 'nor is what reverses one')) as e (what, code, promise);
select throws_ok(format($$insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description)
  values (tests.tenant('acme'), %L, tests.company('acme'), '2026-04-10', 'into the archive')$$, tests.entry('into the archive')), '23514', null,
  'nothing is posted into its time (23514)');
select lives_ok(format($$insert into finance.document_metadata (tenant_id, company_id, journal_entry_id, title, media_type, size_bytes, sha256, storage, storage_key)
  values (tests.tenant('acme'), tests.company('acme'), %s, 'receipt', 'application/pdf', 1, sha256('x'), 'fs', 'x')$$, pg_temp.id('kept')),
  'a document may belong to an archived entry');
select is((select posted_entry_id::text from finance.journal_drafts where id = tests.entry('draft')), (select id::text from made where what = 'draft'),
  'a draft still says what it became');
select is((select reverses_entry_id::text from finance.v_posted_journals where journal_entry_id = (select id from made where what = 'late reversal')),
  (select id::text from made where what = 'keyed'), 'a reversal still says what it reverses');
select lives_ok('select pg_temp.entry(''acme'', ''2026-04-03'', 1)', 'postings go on');

-- And comes back.

select tests.act_as('migrator');
select is(tests.refusal(format('select finance.restore_journal_part(%s, %s)', t.part, t.reason)), 'IB241: ' || t.facts, format('%s (IB241)', t.what))
from (values ('2', '''back''', 'It is not archived.', 'a part that is in the ledger is not restored'), ('9', '''back''', 'It is not archived.', 'nor one that never was'),
  ('1', ''' ''', 'No reason was given.', 'nor any without a reason')) as t (part, reason, facts, what);
select throws_ok('select finance.drop_archived_part(1, ''gone'')', '42501', null, 'whoever migrates does not drop it (42501)');
select tests.act_as_superuser();
set constraints all immediate;
create function pg_temp.restore() returns text language sql as $$select tests.refusal('select finance.restore_journal_part(1, ''back'')')$$;
select matches(lint.after(f.fault, 'select pg_temp.restore()'), f.refusal, f.what || ' keeps it out (IB243)')
from (values
  ('an amount that was changed meanwhile',
    pg_temp.tamper('finance.journal_lines_part_1', 'update finance.journal_lines_part_1 set debit_cents = 71 * sign(debit_cents), credit_cents = 71 * sign(credit_cents) where journal_entry_id = ' || pg_temp.id('keyed')),
    '^IB243: Entry .*: Its content is not what was posted\.'),
  ('a line without an entry',
    'alter table finance.journal_entries_part_1 disable trigger all;' || pg_temp.tamper('finance.journal_entries_part_1', 'delete from finance.journal_entries_part_1 where id = ' || pg_temp.id('draft')),
    '^IB243: Lines of tenant .* have no entry '),
  ('an entry that is gone with its lines',
    pg_temp.tamper('finance.journal_lines_part_1', 'delete from finance.journal_lines_part_1 where journal_entry_id = ' || pg_temp.id('draft')) || ';'
      || pg_temp.tamper('finance.journal_entries_part_1', 'delete from finance.journal_entries_part_1 where id = ' || pg_temp.id('draft')),
    '^IB243: Tenant .*: 7 entries were archived with the leaves that are there now, 6 are in the tables\.'),
  ('and so does one that is gone with its event too',
    pg_temp.tamper('finance.journal_lines_part_1', 'delete from finance.journal_lines_part_1 where journal_entry_id = ' || pg_temp.id('limited')) || ';'
      || pg_temp.tamper('finance.journal_entries_part_1', 'delete from finance.journal_entries_part_1 where id = ' || pg_temp.id('limited')) || ';'
      || pg_temp.tamper('finance.audit_events', 'delete from finance.audit_events where id = ' || pg_temp.id('limited')),
    '^IB243: Tenant .*: 0 entries were archived with the leaves that are there now, 6 are in the tables\.')
) as f (what, fault, refusal);
select tests.act_as('migrator');
select lives_ok('select finance.restore_journal_part(1, ''an audit asks'')', 'a part that is what was archived comes back');
select is_empty('select * from finance.archived_parts()', 'it is archived no more');
select tests.act_as_superuser();
select is(tests.failures(), null, 'every check passes with it');
select results_eq('select tenant_id, passed, failed from finance.v_journal_integrity_summary order by 1',
  $$values (tests.tenant('acme'), 11::bigint, 0::bigint), (tests.tenant('globex'), 1, 0)$$, 'each entry proves whole again');
select is((select count(*) from finance.v_journal_leaf_check where status = 'PASS'), 12::bigint, 'and is what was posted');
select is((select count(*) from finance.audit_events where action = 'journal.restored' and reason = 'an audit asks'), 3::bigint, 'each tenant has an event of that');
select tests.act_as('clerk', 'acme');
select lives_ok(format('select finance.reverse_journal(%s, ''2026-04-10'', ''x'')', pg_temp.id('kept')), 'its entries are reversed as any other');
select throws_ok('update finance.journal_lines set memo = ''x''', '42501', null, 'and change as little as any other (42501)');

-- Archived once more, and dropped.

select tests.act_as_superuser();
set constraints all immediate;
select tests.act_as('migrator');
select is(finance.archive_journal_part(1, 'again'), 8::bigint, 'it is archived again');
select tests.act_as_superuser();
select is(tests.refusal('select finance.drop_archived_part(1, null)'), 'IB241: No reason was given.', 'it is not dropped without a reason (IB241)');
select lives_ok('select finance.drop_archived_part(1, ''a copy is in the vault'')', 'its owner drops its tables');
select is(tests.failures(), null, 'every check passes without them');
select is((select count(*) from finance.audit_events where action = 'journal.dropped' and reason = 'a copy is in the vault'), 3::bigint, 'each tenant has an event of that');
select results_eq('select tenant_id, failed from finance.v_journal_integrity_summary order by 1',
  $$values (tests.tenant('acme'), 0::bigint), (tests.tenant('globex'), 0)$$, 'what stayed behind still proves it');
select is(tests.refusal(f.call), f.refusal, f.call || ' says that they are not there (IB241)')
from (values ('select finance.restore_journal_part(1, ''back'')', 'IB241: There is no table finance.journal_entries_part_1 or journal_lines_part_1.'),
  ('select finance.drop_archived_part(1, ''gone'')', 'IB241: Its tables are not there.')) as f (call, refusal);

select * from finish();
rollback;
