//! What is monitored, how often and by whom.

use crate::metric::Metrics;
use crate::period::cadence::Cadence;
use crate::tables::monitoring::MonitoringRow;

/// One indicator.
#[derive(Clone, Debug)]
pub struct Monitored {
    pub indicator: Option<String>,
    /// Position of the metric of that name.
    pub metric: Option<usize>,
    /// Nothing where it is blank or not understood.
    pub cadence: Option<Cadence>,
    /// The cadence as it is written.
    pub written: Option<String>,
    pub owner: Option<String>,
}

/// Joins the indicators to metrics.
pub fn post(rows: &[MonitoringRow], metrics: &Metrics) -> Vec<Monitored> {
    let monitored = rows.iter().map(|row| Monitored {
        indicator: row.indicator.clone(),
        metric: row.metric.as_deref().and_then(|key| metrics.position(key)),
        cadence: row.cadence,
        written: row.written.clone(),
        owner: row.owner.clone(),
    });
    monitored.collect()
}
