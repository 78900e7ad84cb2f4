drop procedure aibos.create_audit_log(name);
drop domain aibos.sha256_hash;
drop domain aibos.audit_action;
