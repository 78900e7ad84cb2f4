drop table aibos.context_keys;
