-- Langflow's tables go to their schema. Langflow is stopped.
CALL cutover.move('langflow', true);
