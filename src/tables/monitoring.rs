//! What is monitored how often (监控): recognised and counted; no report uses it yet.

use super::{ColumnSpec, Holds, Open, TableSpec};

pub const SPEC: TableSpec = TableSpec {
    key: "monitoring",
    columns: &[
        ColumnSpec { key: "indicator", holds: Holds::Text, required: true },
        ColumnSpec { key: "cadence", holds: Holds::Text, required: true },
        ColumnSpec { key: "owner", holds: Holds::Text, required: false },
    ],
    open: Open::Nothing,
    is_used: false,
};
