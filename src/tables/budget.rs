//! Budget lines (预算): recognised and counted; no report uses them yet.

use super::{ColumnSpec, Holds, Open, TableSpec};

pub const SPEC: TableSpec = TableSpec {
    key: "budget",
    columns: &[
        ColumnSpec { key: "item", holds: Holds::Text, required: true },
        ColumnSpec { key: "budget_amount", holds: Holds::Number, required: true },
        ColumnSpec { key: "cycle", holds: Holds::Text, required: true },
        ColumnSpec { key: "basis", holds: Holds::Text, required: false },
        ColumnSpec { key: "owner", holds: Holds::Text, required: false },
        ColumnSpec { key: "department", holds: Holds::Text, required: false },
    ],
    open: Open::Nothing,
    is_used: false,
};
