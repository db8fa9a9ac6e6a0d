-- What Sparkplug's edge nodes said of themselves last: without it their data means nothing after a restart of Pantau.

CREATE TABLE edge_birth (
    group_name text COLLATE "C" NOT NULL,
    node_name text COLLATE "C" NOT NULL,
    device_name text COLLATE "C" NOT NULL,
    payload bytea NOT NULL,
    PRIMARY KEY (group_name, node_name, device_name)
);
COMMENT ON TABLE edge_birth IS 'Latest births of nodes and devices that the registry names; gone with the death of either.';
COMMENT ON COLUMN edge_birth.device_name IS 'Empty for the node itself.';
COMMENT ON COLUMN edge_birth.payload IS 'As it came: protocol buffers of Sparkplug B.';
