drop procedure aibos.create_audit_log(name);
