-- The expected texts and hashes were computed outside the database, from docs/leaf-format.md, with the hashlib of Python.
begin;
select plan(22);

create function pg_temp.first_line() returns text language sql return finance.leaf_line(
  1, 'd1d1d1d1-d1d1-4d1d-8d1d-d1d1d1d1d1d1', 'USD', 100000, 0, 'a|b', null, null, null, null);
create function pg_temp.second_line() returns text language sql return finance.leaf_line(
  2, 'd2d2d2d2-d2d2-4d2d-8d2d-d2d2d2d2d2d2', 'USD', 0, 100000, '', 0, 92000, 'eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee', 'ffffffff-ffff-4fff-8fff-ffffffffffff');
create function pg_temp.payload() returns text language sql return finance.leaf_payload(
  'cccccccc-cccc-4ccc-8ccc-cccccccccccc', date '2026-03-10', 'standard', 'Miete März – 家賃', 'R|1', 'key:1,', null,
  pg_temp.first_line() || pg_temp.second_line());

select is(pg_temp.first_line(),
  '77:1:1,36:d1d1d1d1-d1d1-4d1d-8d1d-d1d1d1d1d1d1,3:USD,6:100000,1:0,3:a|b,-,-,-,-,,',
  'a line is the netstring of the netstrings of its fields, a missing one a dash');
select is(pg_temp.second_line(),
  '158:1:2,36:d2d2d2d2-d2d2-4d2d-8d2d-d2d2d2d2d2d2,3:USD,1:0,6:100000,0:,1:0,5:92000,36:eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee,36:ffffffff-ffff-4fff-8fff-ffffffffffff,,',
  'an empty memo is not a missing one, and base amounts and rates are part of the line');
select is(pg_temp.payload(),
  '36:cccccccc-cccc-4ccc-8ccc-cccccccccccc,10:2026-03-10,8:standard,22:Miete März – 家賃,3:R|1,6:key:1,,-,'
  '77:1:1,36:d1d1d1d1-d1d1-4d1d-8d1d-d1d1d1d1d1d1,3:USD,6:100000,1:0,3:a|b,-,-,-,-,,'
  '158:1:2,36:d2d2d2d2-d2d2-4d2d-8d2d-d2d2d2d2d2d2,3:USD,1:0,6:100000,0:,1:0,5:92000,36:eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee,36:ffffffff-ffff-4fff-8fff-ffffffffffff,,',
  'the payload counts bytes, not characters, and holds the lines in order');
select is(encode(sha256(convert_to(pg_temp.payload(), 'UTF8')), 'hex'),
  '699b3264314f0a93d9bbd379b654fdf8d6915d87242c8d80bf15848d8a03cf17', 'its SHA-256 is the one computed outside');
select is(encode(finance.leaf_hash('11111111-1111-4111-8111-111111111111', 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', 42,
    '2026-03-10 12:34:56.789012+00', 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb', pg_temp.payload()), 'hex'),
  'a856d51fcdbf0b85527036546798acfd8bd92b21fd4c680476ea04e0a5433524', 'and so is the leaf''s');
select is(encode(finance.leaf_hash('11111111-1111-4111-8111-111111111111', 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb', null,
    '1999-12-31 23:59:59.999999+00', 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb',
    finance.leaf_payload('cccccccc-cccc-4ccc-8ccc-cccccccccccc', date '1900-01-01', 'reversal', 'x', null, null,
      'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
      finance.leaf_line(1, 'd1d1d1d1-d1d1-4d1d-8d1d-d1d1d1d1d1d1', 'USD', 1, 0, null, null, null, null, null)
      || finance.leaf_line(2, 'd2d2d2d2-d2d2-4d2d-8d2d-d2d2d2d2d2d2', 'USD', 0, 1, null, null, null, null, null))), 'hex'),
  '08b6c85a6f20f23d681f082ec9b5afc83227ab436e9c5dda85ea32f5bfb61d43', 'also without number, reference, key and memo, to the last microsecond');

-- No two different entries share a leaf.
create function pg_temp.leaf(p_description text, p_reference text default 'r', p_key text default null, p_lines text default '')
returns bytea language sql return finance.leaf_hash('11111111-1111-4111-8111-111111111111', 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
  null, 'epoch', 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb',
  finance.leaf_payload('cccccccc-cccc-4ccc-8ccc-cccccccccccc', date '2026-03-10', 'standard', p_description, p_reference, p_key, null, p_lines));
select isnt(pg_temp.leaf(v.d1, v.r1, v.k1), pg_temp.leaf(v.d2, v.r2, v.k2), v.what || ' make two leaves')
from (values
  ('null and the empty text', 'a', null, null, 'a', '', null),
  ('a text in one field and the same text in the next', 'a', 'k', null, 'a', null, 'k'),
  ('a boundary moved by one character', 'ab', 'c', null, 'a', 'bc', null),
  ('a separator inside a text', 'a|b', 'c', null, 'a', 'b|c', null),
  ('a text that imitates a netstring', 'a,1:r', null, null, 'a', 'r', null),
  ('a text that imitates a missing one', 'a', '-,', null, 'a', null, null),
  ('a letter with its accent and the two apart', U&'\00E9', 'r', null, U&'e\0301', 'r', null),
  ('a trailing blank', 'a', 'r', null, 'a ', 'r', null)
) as v (what, d1, r1, k1, d2, r2, k2);
select isnt(
  pg_temp.leaf('a', 'r', null, pg_temp.first_line() || pg_temp.second_line()),
  pg_temp.leaf('a', 'r', null, pg_temp.second_line() || pg_temp.first_line()),
  'the order of the lines is part of the leaf');
select isnt(
  finance.leaf_line(1, 'd1d1d1d1-d1d1-4d1d-8d1d-d1d1d1d1d1d1', 'USD', 5, 0, null, null, null, null, null),
  finance.leaf_line(1, 'd1d1d1d1-d1d1-4d1d-8d1d-d1d1d1d1d1d1', 'USD', 0, 5, null, null, null, null, null),
  'a debit is not a credit');

-- Every field counts: each variant differs from the first in one of them.
create temp table variants as
  select finance.leaf_hash(v.t, v.i, v.n, v.p, v.u, finance.leaf_payload(v.c, v.d, v.y, v.x, v.r, v.k, v.s, v.l)) as leaf
  from (
    select '11111111-1111-4111-8111-111111111111'::uuid as t, '11111111-1111-4111-8111-111111111112'::uuid as i, 1::bigint as n,
      timestamptz '2026-03-10 12:00:00+00' as p, '11111111-1111-4111-8111-111111111113'::uuid as u,
      '11111111-1111-4111-8111-111111111114'::uuid as c, date '2026-03-10' as d, 'standard' as y, 'x' as x, 'r' as r, 'k' as k,
      '11111111-1111-4111-8111-111111111115'::uuid as s, '' as l
  ) b
  cross join generate_series(0, 13) as changed
  cross join lateral (
    select
      case changed when 1 then '99999999-9999-4999-8999-999999999999' else b.t end as t,
      case changed when 2 then '99999999-9999-4999-8999-999999999999' else b.i end as i,
      case changed when 3 then 2 else b.n end as n,
      case changed when 4 then b.p + interval '1 microsecond' else b.p end as p,
      case changed when 5 then '99999999-9999-4999-8999-999999999999' else b.u end as u,
      case changed when 6 then '99999999-9999-4999-8999-999999999999' else b.c end as c,
      case changed when 7 then b.d + 1 else b.d end as d,
      case changed when 8 then 'opening' else b.y end as y,
      case changed when 9 then 'y' else b.x end as x,
      case changed when 10 then 's' else b.r end as r,
      case changed when 11 then 'l' else b.k end as k,
      case changed when 12 then '99999999-9999-4999-8999-999999999999' else b.s end as s,
      case changed when 13 then '1:x,' else b.l end as l
  ) v;
select is((select count(distinct leaf) from variants), 14::bigint, 'a change of any field of the entry changes the leaf');
create temp table line_variants as
  select finance.leaf_line(
    case changed when 1 then 2 else 1 end,
    case changed when 2 then '99999999-9999-4999-8999-999999999999'::uuid else '11111111-1111-4111-8111-111111111111' end,
    case changed when 3 then 'EUR' else 'USD' end, case changed when 4 then 6 else 5 end, case changed when 5 then 6 else 5 end,
    case changed when 6 then 'n' else 'm' end, case changed when 7 then 6 else 5 end, case changed when 8 then 6 else 5 end,
    case changed when 9 then '99999999-9999-4999-8999-999999999999'::uuid else '11111111-1111-4111-8111-111111111111' end,
    case changed when 10 then '99999999-9999-4999-8999-999999999999'::uuid else '11111111-1111-4111-8111-111111111111' end) as line
  from generate_series(0, 10) as changed;
select is((select count(distinct line) from line_variants), 11::bigint, 'a change of any field of a line changes the line');

-- The settings of a session change nothing.
create function pg_temp.leaf_under(p_setting text, p_value text) returns text language plpgsql as $$
begin
  perform set_config(p_setting, p_value, true);
  return encode(finance.leaf_hash('11111111-1111-4111-8111-111111111111', 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', 42,
    '2026-03-10 12:34:56.789012+00', 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb', pg_temp.payload()), 'hex');
end $$;
select is(
  (select array_agg(distinct pg_temp.leaf_under(s.name, s.value)) from (values
    ('DateStyle', 'SQL, DMY'), ('DateStyle', 'German'), ('IntervalStyle', 'sql_standard'), ('TimeZone', 'Pacific/Apia'),
    ('TimeZone', 'America/New_York'), ('extra_float_digits', '-15'), ('bytea_output', 'escape'), ('client_encoding', 'LATIN1'),
    ('lc_numeric', 'C'), ('quote_all_identifiers', 'on'), ('escape_string_warning', 'off'), ('array_nulls', 'off')
  ) as s (name, value)),
  array['a856d51fcdbf0b85527036546798acfd8bd92b21fd4c680476ea04e0a5433524'], 'no setting of the session changes a leaf');
set local client_encoding = 'UTF8';
reset datestyle;
reset timezone;
reset bytea_output;
reset quote_all_identifiers;
reset array_nulls;

-- What is stored, against the specification written out by hand.
create function pg_temp.netstring(p_text text) returns text language sql
return coalesce(length(convert_to(p_text, 'UTF8')) || ':' || p_text || ',', '-,');
create function pg_temp.expected_leaf(p_entry uuid) returns bytea language sql
return (
  select sha256('\x00'::bytea || convert_to(
    (select string_agg(pg_temp.netstring(f.text), '' order by f.n) from unnest(array['aibos.journal_entry.v1', e.tenant_id::text, e.id::text,
      e.entry_no::text, floor(extract(epoch from e.posted_at) * 1000000)::bigint::text, e.created_by::text,
      (select string_agg(pg_temp.netstring(p.text), '' order by p.n) from unnest(array[e.company_id::text, e.entry_date::text, e.entry_type,
        e.description, e.reference, e.idempotency_key, e.reverses_entry_id::text]) with ordinality as p (text, n))
      || (select string_agg(pg_temp.netstring(
          (select string_agg(pg_temp.netstring(g.text), '' order by g.n) from unnest(array[l.line_no::text, l.account_id::text, l.currency,
            l.debit_cents::text, l.credit_cents::text, l.memo, l.base_debit_cents::text, l.base_credit_cents::text,
            l.fx_rate_id::text, l.fx_cross_rate_id::text]) with ordinality as g (text, n))), '' order by l.line_no)
        from finance.journal_lines l where l.tenant_id = e.tenant_id and l.journal_entry_id = e.id)
    ]) with ordinality as f (text, n)), 'UTF8'))
  from finance.journal_entries e where e.id = p_entry
);
select tests.act_as('clerk', 'acme');
create temp table posted as
  select finance.post_journal(tests.company('acme'), date '2026-03-10', 'Miete März – 家賃',
    array[tests.account('acme', '1000'), tests.account('acme', '4000')], array[5, 0], array[0, 5], array['USD', 'USD'],
    array['a|b', ''], 'R|1', 'key:1,') as id;
select is((select leaf_hash::bytea from finance.audit_events join posted using (id)), (select pg_temp.expected_leaf(id) from posted),
  'the leaf of a posted entry is the one the specification asks for');
select is(
  (select leaf_hash::bytea from finance.audit_events where id = tests.entry('first of acme')),
  pg_temp.expected_leaf(tests.entry('first of acme')), 'of one posted by direct SQL too');
select is(
  (select encode(k.payload_hash, 'hex') from finance.journal_keys k join posted p on p.id = k.journal_entry_id and k.idempotency_key = 'key:1,'),
  (select encode(sha256(convert_to(pg_temp.netstring(tests.company('acme')::text) || '10:2026-03-10,8:standard,22:Miete März – 家賃,3:R|1,6:key:1,,-,'
    || pg_temp.netstring('1:1,' || pg_temp.netstring(tests.account('acme', '1000')::text) || '3:USD,1:5,1:0,3:a|b,-,-,-,-,')
    || pg_temp.netstring('1:2,' || pg_temp.netstring(tests.account('acme', '4000')::text) || '3:USD,1:0,1:5,0:,-,-,-,-,'), 'UTF8')), 'hex')),
  'under a key the hash of the payload is kept');

select * from finish();
rollback;
