drop schema finance cascade;
