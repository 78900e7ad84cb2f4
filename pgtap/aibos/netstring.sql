begin;
select plan(12);

select is(aibos.netstring('abc'), '3:abc,', 'a text is written with its length before it');
select is(aibos.netstring(''), '0:,', 'an empty text has length zero');
select is(aibos.netstring(null), '-,', 'a missing text is not an empty one');
select is(aibos.netstring('é'), '2:é,', 'the length counts bytes of UTF-8, not characters');
select is(aibos.netstring(e'a\nb'), e'3:a\nb,', 'a line feed is a byte like any other');
select is(aibos.netstring('3:abc,'), '6:3:abc,,', 'a text that looks like a netstring is quoted by its length');

-- The attack: two lists of texts that join to the same text must not have one encoding.
select isnt(aibos.netstring('ab') || aibos.netstring('c'), aibos.netstring('a') || aibos.netstring('bc'),
  'moving the border between two texts changes the encoding');
select isnt(aibos.netstring('a') || aibos.netstring(null), aibos.netstring(null) || aibos.netstring('a'),
  'moving a missing text changes the encoding');
select isnt(aibos.netstring('a') || aibos.netstring(''), aibos.netstring('a'), 'an empty text at the end changes the encoding');
select isnt(aibos.netstring('-,'), aibos.netstring(null), 'a text cannot pose as a missing one');
select is(
  (select count(distinct e.encoded) from (
    select (select string_agg(aibos.netstring(l.item), '' order by l.n) from unnest(lists.items) with ordinality l (item, n)) as encoded
    from (
      select array[a.item, b.item, c.item] as items
      from unnest(array['', ',', ':', '1', '1:', '1:,', '-', '-,', null]) a (item)
      cross join unnest(array['', ',', ':', '1', '1:', '1:,', '-', '-,', null]) b (item)
      cross join unnest(array['', ',', ':', '1', '1:', '1:,', '-', '-,', null]) c (item)
    ) lists
  ) e),
  729::bigint, 'all lists of three awkward texts have different encodings');
select volatility_is('aibos', 'netstring', array['text'], 'immutable', 'a text has one encoding for ever');

select * from finish();
rollback;
