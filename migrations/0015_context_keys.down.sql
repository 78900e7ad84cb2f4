do $down$
begin
  if exists (select from aibos.context_keys k where k.retired_at is null) then
    raise exception using
      errcode = 'IB109',
      message = 'a context key is live',
      detail = 'Without its table nothing would say that contexts must be signed.',
      hint = 'End signing on purpose first: aibos context-key end.';
  end if;
end
$down$;
drop table aibos.context_keys cascade;
