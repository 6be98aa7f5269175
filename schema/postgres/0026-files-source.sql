-- Which bucket a run's flat files came from: how quick it is, the next plan
-- reckons with.  Null: from a folder, which tells nothing of a line.
ALTER TABLE scheduler_execution_log ADD COLUMN files_source text;
