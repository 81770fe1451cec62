-- EnGarde's tables get their owner, their policies and their rights.
CALL cutover.move('engarde', true);
