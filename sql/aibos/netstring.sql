-- Guarantee: two different lists of texts never share one encoding.
-- How: a text is written with its length in bytes before it, and a missing one differently from an empty one.
-- Raises: nothing
-- Proved by: pgtap/aibos/netstring.sql

create or replace function aibos.netstring(p_value text)
returns text
language sql
immutable
parallel safe
return case
  when p_value is null then '-,'
  else pg_catalog.octet_length(p_value)::text operator(pg_catalog.||) ':'
    operator(pg_catalog.||) p_value operator(pg_catalog.||) ','
end;
comment on function aibos.netstring(text) is
  'A text as a netstring. Takes a text; returns its length in bytes, a colon, the text and a comma, or "-," for null.';
