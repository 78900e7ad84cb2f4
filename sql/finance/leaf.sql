-- Guarantee: a posted entry has exactly one canonical text, so its hash stands for all of it and for nothing else.
-- How: every field is a netstring (byte length, colon, bytes, comma), a missing one is "-,"; lines are netstrings of
--   netstrings; the hash is the RFC 6962 leaf hash, SHA-256 over 0x00 and the UTF-8 bytes. docs/leaf-format.md is
--   the specification. In PL/pgSQL: every text is needed
--   twice, once for its length, and a variable holds it once.
-- Raises: nothing
-- Proved by: pgtap/finance/leaf.sql

create or replace function finance.leaf_line(
  p_line_no integer,
  p_account_id uuid,
  p_currency text,
  p_debit_cents bigint,
  p_credit_cents bigint,
  p_memo text,
  p_base_debit_cents bigint,
  p_base_credit_cents bigint,
  p_fx_rate_id uuid,
  p_fx_cross_rate_id uuid
)
returns text
language plpgsql
immutable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  line_no text := p_line_no;
  debit text := p_debit_cents;
  credit text := p_credit_cents;
  line text;
begin
  line := aibos.netstring(line_no) || aibos.netstring(p_account_id::text) || aibos.netstring(p_currency)
    || aibos.netstring(debit) || aibos.netstring(credit) || aibos.netstring(p_memo)
    || case
      when p_base_debit_cents is null and p_base_credit_cents is null and p_fx_rate_id is null then '-,-,-,-,'
      else aibos.netstring(p_base_debit_cents::text) || aibos.netstring(p_base_credit_cents::text)
        || aibos.netstring(p_fx_rate_id::text) || aibos.netstring(p_fx_cross_rate_id::text)
    end;
  return octet_length(line)::text || ':' || line || ',';
end
$function$;
comment on function finance.leaf_line(integer, uuid, text, bigint, bigint, text, bigint, bigint, uuid, uuid) is
  'Canonical text of one line. Takes the columns of finance.journal_lines after the key, amounts in minor units; returns the netstring of their netstrings in that order.';

create or replace function finance.leaf_payload(
  p_company_id uuid,
  p_entry_date date,
  p_entry_type text,
  p_description text,
  p_reference text,
  p_idempotency_key text,
  p_reverses_entry_id uuid,
  p_lines text
)
returns text
language plpgsql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  entry_date text := to_char(p_entry_date::timestamp, 'YYYY-MM-DD');
begin
  return aibos.netstring(p_company_id::text) || aibos.netstring(entry_date) || aibos.netstring(p_entry_type)
    || aibos.netstring(p_description) || aibos.netstring(p_reference) || aibos.netstring(p_idempotency_key)
    || aibos.netstring(p_reverses_entry_id::text) || p_lines;
end
$function$;
comment on function finance.leaf_payload(uuid, date, text, text, text, text, uuid, text) is
  'Canonical text of what was asked to be posted. Takes the header''s fields and the lines'' texts in order; returns their netstrings. Its SHA-256 is payload_hash.';

create or replace function finance.leaf_hash(
  p_tenant_id uuid,
  p_id uuid,
  p_entry_no bigint,
  p_posted_at timestamptz,
  p_created_by uuid,
  p_payload text
)
returns bytea
language plpgsql
immutable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  posted_at text := (extract(epoch from p_posted_at) * 1000000)::bigint;
  leaf text;
begin
  leaf := '22:aibos.journal_entry.v1,' || aibos.netstring(p_tenant_id::text) || aibos.netstring(p_id::text)
    || aibos.netstring(p_entry_no::text) || aibos.netstring(posted_at) || aibos.netstring(p_created_by::text)
    || octet_length(p_payload)::text || ':' || p_payload || ',';
  return sha256('\x00'::bytea || convert_to(leaf, 'UTF8'));
end
$function$;
comment on function finance.leaf_hash(uuid, uuid, bigint, timestamptz, uuid, text) is
  'RFC 6962 leaf hash of a posted entry, version 1. Takes its identity, number, time (hashed as Unix microseconds), user and payload; returns 32 bytes.';
