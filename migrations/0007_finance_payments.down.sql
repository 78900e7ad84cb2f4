drop table finance.document_metadata cascade;
drop table finance.payment_events cascade;
drop table finance.payments cascade;
