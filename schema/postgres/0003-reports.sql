-- Failed jobs of late, whatever the number of those that did well.
CREATE INDEX symbol_computation_status_failed
    ON symbol_computation_status (completed_at) WHERE status = 'failed';
