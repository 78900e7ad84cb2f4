-- Guarantee: a posted entry, its lines, a published rate and a payment's trail are never changed or removed.
-- How: the tables are append-only (aibos.append_only): refused by privilege to applications and by trigger to everyone.
-- Raises: IB301
-- Proved by: pgtap/finance/immutability.sql

call aibos.append_only('finance.journal_entries');
call aibos.append_only('finance.journal_lines');
call aibos.append_only('finance.fx_rates');
call aibos.append_only('finance.payment_events');
