//! The execution plan (执行计划): recognised and counted; no report uses it yet.

use super::{ColumnSpec, Holds, Open, TableSpec};

pub const SPEC: TableSpec = TableSpec {
    key: "plan",
    columns: &[
        ColumnSpec { key: "phase", holds: Holds::Text, required: false },
        ColumnSpec { key: "task", holds: Holds::Text, required: true },
        ColumnSpec { key: "owner", holds: Holds::Text, required: false },
        ColumnSpec { key: "due", holds: Holds::Text, required: true },
        ColumnSpec { key: "status", holds: Holds::Text, required: false },
        ColumnSpec { key: "done_on", holds: Holds::Date, required: false },
    ],
    open: Open::Nothing,
    is_used: false,
};
