drop table finance.account_limits;
alter table finance.accounts drop column has_limit;
