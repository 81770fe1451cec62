-- What was written before a measurement must not be flushed during it.
CHECKPOINT;
