-- plane: both
-- Keys that sign the context of a transaction. While one is live, an unsigned context is none.

create table aibos.context_keys (
  key_id text not null,
  inner_pad bytea,
  outer_pad bytea,
  clock_skew_seconds integer not null,
  max_lifetime_seconds integer not null,
  installed_at timestamptz not null default clock_timestamp(),
  installed_by text not null default session_user,
  retired_at timestamptz,
  retired_by text,
  constraint context_keys_key_id_pk primary key (key_id),
  constraint context_keys_key_id_ck check (key_id ~ '^[a-z0-9]{8}$'),
  constraint context_keys_pads_ck check (
    case when retired_at is null then coalesce(length(inner_pad) = 64 and length(outer_pad) = 64, false)
      else inner_pad is null and outer_pad is null end
  ),
  constraint context_keys_clock_skew_seconds_ck check (clock_skew_seconds between 0 and 300),
  constraint context_keys_max_lifetime_seconds_ck check (max_lifetime_seconds between 5 and 86400),
  constraint context_keys_retired_ck check ((retired_at is null) = (retired_by is null))
);
comment on table aibos.context_keys is
  'Keys that sign contexts, live and retired. A live one is kept as the two padded blocks that HMAC-SHA-256 begins with; of a retired one nothing is left but when and who.';
comment on column aibos.context_keys.key_id is 'Name of the key in every token it signs: eight lower-case letters or digits.';
comment on column aibos.context_keys.inner_pad is 'Key as a block of 64 bytes, each xor 0x36; null once retired. Secret.';
comment on column aibos.context_keys.outer_pad is 'Key as a block of 64 bytes, each xor 0x5c; null once retired. Secret.';
comment on column aibos.context_keys.clock_skew_seconds is 'How far the clock of a signer may be from the server''s, in seconds.';
comment on column aibos.context_keys.max_lifetime_seconds is 'How long after the start of a transaction a token may expire at most, in seconds.';
comment on column aibos.context_keys.installed_at is 'When it was installed.';
comment on column aibos.context_keys.installed_by is 'Login that installed it.';
comment on column aibos.context_keys.retired_at is 'When it was retired; null while it is live.';
comment on column aibos.context_keys.retired_by is 'Login that retired it.';

-- What ANALYZE keeps of a column can be read past row security by whoever reads pg_statistic.
alter table aibos.context_keys alter column inner_pad set statistics 0, alter column outer_pad set statistics 0;

-- Row security, because pg_read_all_data reads every table without it.
alter table aibos.context_keys enable row level security, force row level security;
create policy keeper on aibos.context_keys as permissive for all to aibos_owner using (true) with check (true);
comment on policy keeper on aibos.context_keys is 'The functions of the owner alone, which verify tokens and keep the keys.';
