SELECT nextval('arrival_block')
