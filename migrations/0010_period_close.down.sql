drop function if exists finance.stamp_period() cascade;
drop function if exists finance.assert_period_move() cascade;
drop function if exists finance.record_period_move() cascade;
alter table finance.fiscal_periods drop constraint fiscal_periods_close_id_fk;
drop table finance.period_close_totals cascade;
drop table finance.period_closes cascade;
alter table finance.fiscal_periods
  drop constraint fiscal_periods_follows_on_fk,
  drop constraint fiscal_periods_ends_on_uq,
  drop column close_id cascade,
  drop column fiscal_year_starts_on cascade,
  drop column follows_on cascade;
