drop table finance.account_balances cascade;
drop table finance.balance_deltas cascade;
drop table finance.journal_draft_lines cascade;
drop table finance.journal_drafts cascade;
drop table finance.journal_lines cascade;
drop table finance.journal_entries cascade;
