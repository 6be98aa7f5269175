-- Flat files that could not be had, or read: their days were left to requests.
ALTER TABLE scheduler_execution_log
    ADD COLUMN files_failed bigint NOT NULL DEFAULT 0;
