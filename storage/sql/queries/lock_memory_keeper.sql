SELECT keeper FROM memory_keeper FOR UPDATE
