drop table finance.journal_restorations cascade;
drop table finance.journal_archive_companies cascade;
drop table finance.journal_archives cascade;
