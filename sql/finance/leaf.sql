-- Guarantee: a posted entry has exactly one canonical text, so its hash stands for all of it and for nothing else.
-- How: every field is a netstring (byte length, colon, bytes, comma), a missing one is "-,"; lines are netstrings of
--   netstrings; the hash is the RFC 6962 leaf hash, SHA-256 over 0x00 and the UTF-8 bytes. docs/leaf-format.md is
--   the specification.
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
  p_fx_rate_id uuid
)
returns text
language sql
immutable
parallel safe
return aibos.netstring(p_line_no::text)
  operator(pg_catalog.||) aibos.netstring(p_account_id::text)
  operator(pg_catalog.||) aibos.netstring(p_currency)
  operator(pg_catalog.||) aibos.netstring(p_debit_cents::text)
  operator(pg_catalog.||) aibos.netstring(p_credit_cents::text)
  operator(pg_catalog.||) aibos.netstring(p_memo)
  operator(pg_catalog.||) aibos.netstring(p_base_debit_cents::text)
  operator(pg_catalog.||) aibos.netstring(p_base_credit_cents::text)
  operator(pg_catalog.||) aibos.netstring(p_fx_rate_id::text);
comment on function finance.leaf_line(integer, uuid, text, bigint, bigint, text, bigint, bigint, uuid) is
  'Canonical text of one line. Takes the columns of finance.journal_lines after the key, amounts in minor units; returns their netstrings in that order.';

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
language sql
stable
parallel safe
return aibos.netstring(p_company_id::text)
  operator(pg_catalog.||) aibos.netstring(pg_catalog.to_char(p_entry_date::timestamp, 'YYYY-MM-DD'))
  operator(pg_catalog.||) aibos.netstring(p_entry_type)
  operator(pg_catalog.||) aibos.netstring(p_description)
  operator(pg_catalog.||) aibos.netstring(p_reference)
  operator(pg_catalog.||) aibos.netstring(p_idempotency_key)
  operator(pg_catalog.||) aibos.netstring(p_reverses_entry_id::text)
  operator(pg_catalog.||) p_lines;
comment on function finance.leaf_payload(uuid, date, text, text, text, text, uuid, text) is
  'Canonical text of what was asked to be posted. Takes the header''s fields and the netstrings of its lines in order; returns their netstrings. Its SHA-256 is payload_hash.';

create or replace function finance.leaf_hash(
  p_tenant_id uuid,
  p_id uuid,
  p_entry_no bigint,
  p_posted_at timestamptz,
  p_created_by uuid,
  p_payload text
)
returns bytea
language sql
immutable
parallel safe
return pg_catalog.sha256('\x00'::bytea operator(pg_catalog.||) pg_catalog.convert_to(
  aibos.netstring('aibos.journal_entry.v1')
  operator(pg_catalog.||) aibos.netstring(p_tenant_id::text)
  operator(pg_catalog.||) aibos.netstring(p_id::text)
  operator(pg_catalog.||) aibos.netstring(p_entry_no::text)
  operator(pg_catalog.||) aibos.netstring(((extract(epoch from p_posted_at) * 1000000)::bigint)::text)
  operator(pg_catalog.||) aibos.netstring(p_created_by::text)
  operator(pg_catalog.||) aibos.netstring(p_payload), 'UTF8'));
comment on function finance.leaf_hash(uuid, uuid, bigint, timestamptz, uuid, text) is
  'RFC 6962 leaf hash of a posted entry, version 1. Takes its identity, number, time (hashed as Unix microseconds), user and payload; returns 32 bytes.';
