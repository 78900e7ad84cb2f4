drop schema config cascade;
