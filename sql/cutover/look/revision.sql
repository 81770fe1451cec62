-- Tells the script at which revision EnGarde's schema is.
SELECT set_config('cutover.engarde_revision', $1, false);
