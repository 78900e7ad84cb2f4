drop table finance.account_limits cascade;
alter table finance.accounts drop column has_limit cascade;
