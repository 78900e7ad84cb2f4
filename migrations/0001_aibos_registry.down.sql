drop table aibos.installed_objects cascade;
drop table aibos.guard_fingerprints cascade;
drop table aibos.capabilities cascade;
drop table aibos.error_codes cascade;
drop table aibos.tenant_registry cascade;
