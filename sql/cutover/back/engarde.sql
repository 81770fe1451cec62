-- EnGarde's tables get back owner and rights, and lose the policies that the cutover gave them.
CALL cutover.move('engarde', false);
