drop schema kernel cascade;
