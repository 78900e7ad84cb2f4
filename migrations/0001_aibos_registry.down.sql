drop table aibos.capabilities;
drop table aibos.error_codes;
drop table aibos.tenant_registry cascade;
