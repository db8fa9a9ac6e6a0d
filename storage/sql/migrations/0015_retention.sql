-- What old rows are found by.
CREATE INDEX evidence_received ON evidence (received_at);
CREATE INDEX alarm_updated ON alarm (updated_at) WHERE state = 'NORM';
