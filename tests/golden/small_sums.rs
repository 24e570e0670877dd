/// Metric, level, unit, period, target and actual, added up by openpyxl.
const SMALL: [(&str, &str, &str, &str, &str, &str); 8] = [
    ("sales_amount", "company", "", "2026-Q1", "6543750", "6393926.8"),
    ("sales_amount", "company", "", "2026-02", "1874250", "1696305.3"),
    ("sales_amount", "region", "South", "2026-Q1", "2058750", "1734075.3"),
    ("sales_amount", "region", "West", "2026-01", "674500", "834750.1"),
    ("sales_amount", "person", "H206", "2026-Q1", "270000", "152679.8"),
    ("sales_amount", "person", "H104", "2026-03", "108000", "92930.5"),
    ("sales_amount", "person", "H208", "2026-Q1", "153750", "126008.6"),
    ("new_customers", "company", "", "2026-Q1", "216", "185"),
];
