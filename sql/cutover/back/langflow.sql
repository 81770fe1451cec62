-- Langflow's tables go back to public, to the owner that they had. Langflow is stopped.
CALL cutover.move('langflow', false);
