-- Guarantee: every row gets an id that no other row has, sorted roughly by the time it was made, which can be read from it.
-- How: UUID version 7 (RFC 9562): native from PostgreSQL 18, otherwise 48 bits of milliseconds over a random UUID.
-- Raises: nothing
-- Proved by: pgtap/aibos/identifiers.sql

do $identifiers$
begin
  if current_setting('server_version_num')::integer >= 180000 then
    execute $create$
      create or replace function aibos.uuid_v7()
      returns uuid
      language sql
      volatile
      parallel safe
      return pg_catalog.uuidv7()
    $create$;
  else
    -- Version bits: a random UUID carries 0100 in bits 48 to 51; setting two of them makes 0111.
    execute $create$
      create or replace function aibos.uuid_v7()
      returns uuid
      language sql
      volatile
      parallel safe
      return pg_catalog.encode(
        pg_catalog.set_bit(
          pg_catalog.set_bit(
            pg_catalog.overlay(
              pg_catalog.uuid_send(pg_catalog.gen_random_uuid()),
              pg_catalog.substring(
                pg_catalog.int8send((extract(epoch from pg_catalog.clock_timestamp()) * 1000)::bigint), 3
              ),
              1, 6
            ), 52, 1
          ), 53, 1
        ), 'hex'
      )::uuid
    $create$;
  end if;
end
$identifiers$;
comment on function aibos.uuid_v7() is
  'New UUID version 7. Takes nothing; returns a uuid whose first 48 bits are Unix milliseconds.';

create or replace function aibos.uuid_v7_from(p_at timestamptz)
returns uuid
language sql
stable
parallel safe
security invoker
return pg_catalog.encode(
  pg_catalog.overlay(
    '\x00000000000000000000000000000000'::bytea,
    pg_catalog.substring(pg_catalog.int8send(pg_catalog.floor(extract(epoch from p_at) * 1000)::bigint), 3),
    1, 6
  ), 'hex'
)::uuid;
comment on function aibos.uuid_v7_from(timestamptz) is
  'Where the ids of a moment begin: no UUID version 7 of that millisecond or later sorts before it. Takes a time from 1970 on.';

create or replace function aibos.uuid_v7_time(p_id uuid)
returns timestamptz
language sql
stable
parallel safe
security invoker
return timestamptz 'epoch' + (
  ('x0000' || pg_catalog.substr(pg_catalog.replace(p_id::text, '-', ''), 1, 12))::bit(64)::bigint::text || ' milliseconds'
)::interval;
comment on function aibos.uuid_v7_time(uuid) is 'Time that begins a UUID version 7, to the millisecond. Takes the id.';
